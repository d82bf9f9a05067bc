import {
  heatEnergy, heatMargin, heatSettle, LIMIT_CELSIUS,
} from "./package-heat";
import { packageDrive } from "./package";
import {
  PackageState, packageAirflow, packagePowered, STATUS_FROM_FULL, STATUS_TO_FULL, STATUS_TO_TAKEN,
} from "./package-state";
import { PECI_AW_MASK, PECI_HEADER_BYTES, peciFcs } from "./peci-crc";

/**
 * The package as PECI client: takes a request as it was heard and gives the answer's bytes.
 *
 * An answer is the check byte of the request, then the read data and their check byte. What the
 * client cannot follow (another address, another length than announced) it does not answer; what it
 * does not support, or what has a wrong AW FCS, it aborts with the inverted check byte.
 * Source: specs/bmc-backup-link.md, section 3; Intel's thermal design guide for the Core i7-900
 * series, chapter 7 (commands, lengths, abort), and the Xeon E5 data sheet, volume 1, section 2.5.
 */

export const CLIENT_ADDRESS: u32 = 0x30;
/** The shortest bit the client can do: 12 cycles of 24 MHz, 2 Mbit/s. */
export const CLIENT_BIT_CYCLES: u32 = 12;

const CODE_GOOD: u32 = 0x40;
const CODE_RETRY: u32 = 0x80;
const CODE_ILLEGAL: u32 = 0x90;
const RETRY_BIT: u32 = 1;
/** Place of the byte with the host ID and the retry bit. */
const HOST_AT: u32 = 4;

// A row a command: code, write lengths and read lengths as masks (bit = length), 1 if it carries
// an AW FCS, 1 if its answer begins with a completion code.
const ROW_WORDS: u32 = 5;
const COMMANDS = memory.data<u32>([
  0xf7, 0x0002, 0x0100, 0, 0, // GetDIB
  0x01, 0x0002, 0x0004, 0, 0, // GetTemp
  0xa1, 0x0020, 0x002c, 0, 1, // RdPkgConfig
  0xa5, 0x0580, 0x0002, 1, 1, // WrPkgConfig
  0xb1, 0x0020, 0x022c, 0, 1, // RdIAMSR
  0xb5, 0x4580, 0x0002, 1, 1, // WrIAMSR
  0xe1, 0x0020, 0x002c, 0, 1, // RdPCIConfigLocal
  0xe5, 0x0580, 0x0002, 1, 1, // WrPCIConfigLocal
]);
const COMMAND_COUNT: u32 = 8;
const GET_DIB: u32 = 0xf7;
const GET_TEMP: u32 = 0x01;
const RD_PKG_CONFIG: u32 = 0xa1;
const WR_PKG_CONFIG: u32 = 0xa5;
const WR_IAMSR: u32 = 0xb5;
const RD_PCI_CONFIG: u32 = 0xe1;

const INDEX_TEMPERATURE: u32 = 2;
const INDEX_ENERGY: u32 = 3;
const INDEX_LIMIT: u32 = 16;
const INDEX_POWER_LIMIT: u32 = 26;
const INDEX_UNITS: u32 = 30;
const INDEX_TO_BMC: u32 = 0x80;
const INDEX_FROM_BMC: u32 = 0x81;

const MSR_THERMAL: u32 = 0x19c;
const MSR_LIMIT: u32 = 0x1a2;
const MSR_MACHINE_CHECK: u32 = 0x401;
const MSR_UNITS: u32 = 0x606;
const MSR_ENERGY: u32 = 0x611;
const MSR_VALID: u64 = 0x8000_0000_0000_0000;

/** Power 1/8 W, energy 2^-16 J, time 1/1024 s, as in Intel's package power unit. */
const UNITS: u32 = 0x000a_1003;
/** GetDIB: no domains beside the first, revision 3.0. */
const DIB: u64 = 0x3000;
/** Word 0 of the PCI configuration space (our choice: no real vendor's). */
const IDENTITY: u32 = 0x2203_ffff;
const PCI_SCRATCH: u32 = 0x40;
const PCI_SCRATCH_END: u32 = 0x80;
const SENSOR_NOT_READY: u32 = 0x8000;

/**
 * Answers `count` bytes at `request`, heard at cycle `now`; the answer goes to `answer`, at most 18
 * bytes. Returns how many there are, 0 for silence.
 */
export function packageAnswer(
  b: usize,
  request: usize,
  count: u32,
  answer: usize,
  now: u64,
): u32 {
  const p = changetype<PackageState>(b);
  if (!packagePowered(p) || p.absent != 0 || count < PECI_HEADER_BYTES) return 0;
  if (<u32>load<u8>(request) != CLIENT_ADDRESS) return 0;
  const writeLength: u32 = load<u8>(request, 1);
  const readLength: u32 = load<u8>(request, 2);
  if (count != PECI_HEADER_BYTES + writeLength) return rejected(p, 0);
  heatSettle(p, true, packageAirflow(p), now);
  const fcs = peciFcs(request, count);
  store<u8>(answer, <u8>fcs);
  if (writeLength == 0 && readLength == 0) return answered(p, 1); // Ping
  const row = commandRow(load<u8>(request, 3), writeLength, readLength);
  if (row == 0 || !assured(request, count, row)) {
    store<u8>(answer, <u8>~fcs);
    return rejected(p, 1);
  }
  execute(p, row, request, readLength, answer + 1, now);
  store<u8>(answer + 1 + readLength, <u8>peciFcs(answer + 1, readLength));
  packageDrive(p);
  return answered(p, readLength + 2);
}

function answered(p: PackageState, bytes: u32): u32 {
  p.messages += 1;
  return bytes;
}

function rejected(p: PackageState, bytes: u32): u32 {
  p.rejected += 1;
  return bytes;
}

/** Row of a command with lengths that it allows; 0 if there is none. */
function commandRow(code: u32, writeLength: u32, readLength: u32): usize {
  if (writeLength == 0 || writeLength > 16 || readLength > 16) return 0;
  for (let i: u32 = 0; i < COMMAND_COUNT; i++) {
    const row = COMMANDS + <usize>(i * ROW_WORDS * 4);
    if (load<u32>(row) != code) continue;
    const fits = (load<u32>(row, 4) >> writeLength) & (load<u32>(row, 8) >> readLength) & 1;
    return fits != 0 ? row : 0;
  }
  return 0;
}

function assured(request: usize, count: u32, row: usize): bool {
  if (load<u32>(row, 12) == 0) return true;
  return <u32>load<u8>(request + count - 1) == (peciFcs(request, count - 1) ^ PECI_AW_MASK);
}

/** Executes a good request: `data` gets `readLength` bytes. */
function execute(
  p: PackageState,
  row: usize,
  request: usize,
  readLength: u32,
  data: usize,
  now: u64,
): void {
  memory.fill(data, 0, readLength);
  const code: u32 = load<u8>(request, 3);
  if (code == GET_DIB) return store<u64>(data, DIB);
  if (code == GET_TEMP) return store<u16>(data, <u16>temperature(p, now));
  if (p.completion != 0) {
    store<u8>(data, <u8>p.completion);
    p.completion = 0;
    return;
  }
  const completion = load<u32>(row, 12) != 0
    ? writeOnce(p, request)
    : readValue(p, code, request, data + 1, readLength - 1, now);
  store<u8>(data, <u8>completion);
}

function temperature(p: PackageState, now: u64): u32 {
  if (now < p.readyAt) return SENSOR_NOT_READY;
  return p.sensor != 0 ? p.sensor : <u32>heatMargin(p) & 0xffff;
}

/** The reads that have a completion code: `size` bytes of the value, least significant first. */
function readValue(
  p: PackageState,
  code: u32,
  request: usize,
  data: usize,
  size: u32,
  now: u64,
): u32 {
  if (code == RD_PCI_CONFIG) return readPci(p, request, data, size);
  const known = code == RD_PKG_CONFIG
    ? packageIndex(p, load<u8>(request, 5), load<u16>(request, 6), data, now)
    : readMsr(p, load<u16>(request, 6), data);
  if (!known) {
    store<u64>(data, 0);
    return CODE_ILLEGAL;
  }
  // The whole value was stored, since only check byte and slack follow; now only what was asked.
  memory.fill(data + size, 0, 8 - size);
  return CODE_GOOD;
}

/** RdPkgConfig: value of an index to `data`; false if there is none. */
function packageIndex(p: PackageState, index: u32, parameter: u32, data: usize, now: u64): bool {
  let value: u32 = 0;
  switch (index) {
    case INDEX_TEMPERATURE:
      if (parameter != 0xff) return false;
      value = temperature(p, now);
      break;
    case INDEX_ENERGY:      value = heatEnergy(p); break;
    case INDEX_LIMIT:       value = LIMIT_CELSIUS << 16; break;
    case INDEX_POWER_LIMIT: value = p.powerLimit; break;
    case INDEX_UNITS:       value = UNITS; break;
    case INDEX_TO_BMC:      value = (p.status & STATUS_TO_FULL) != 0 ? p.toBmc : 0; break;
    case INDEX_FROM_BMC:    value = (p.status & STATUS_FROM_FULL) != 0 ? 1 : 0; break;
    default:                return false;
  }
  store<u64>(data, <u64>value);
  return true;
}

function readMsr(p: PackageState, msr: u32, data: usize): bool {
  let value: u64 = 0;
  switch (msr) {
    case MSR_THERMAL:       value = thermalStatus(p); break;
    case MSR_LIMIT:         value = LIMIT_CELSIUS << 16; break;
    case MSR_MACHINE_CHECK: value = machineCheck(p); break;
    case MSR_UNITS:         value = UNITS; break;
    case MSR_ENERGY:        value = heatEnergy(p); break;
    default:                return false;
  }
  store<u64>(data, value);
  return true;
}

/** IA32_THERM_STATUS: valid in bit 31, degrees below the limit in 22..16, limit reached in 0. */
function thermalStatus(p: PackageState): u64 {
  const below = -heatMargin(p) >> 6;
  const readout: u32 = below < 0 ? 0 : below > 127 ? 127 : below;
  return <u64>(0x8000_0000 | (readout << 16) | p.hot);
}

function machineCheck(p: PackageState): u64 {
  return p.machineCheck != 0 ? MSR_VALID | <u64>p.machineCheck : 0;
}

/**
 * A write is applied once: the same bytes again, with the retry bit, get the answer of the first
 * time. A write that was answered "retry" was not applied.
 */
function writeOnce(p: PackageState, request: usize): u32 {
  const last = changetype<usize>(p) + offsetof<PackageState>("last");
  const count = PECI_HEADER_BYTES + load<u8>(request, 1) - 1; // without the AW FCS
  const host: u32 = load<u8>(request, HOST_AT);
  const retry = (host & RETRY_BIT) != 0;
  if (retry && p.lastBytes == count && sameWrite(last, request, count)) return p.lastCode;
  const code = writeValue(p, request, count);
  if (code != CODE_RETRY) {
    p.lastCode = code;
    p.lastBytes = count;
    memory.fill(last, 0, 24);
    memory.copy(last, request, count);
    store<u8>(last, <u8>(host & ~RETRY_BIT), HOST_AT);
  }
  return code;
}

/** Equal but for the retry bit, which is 0 in `last`. */
function sameWrite(last: usize, request: usize, count: u32): bool {
  const host: u32 = load<u8>(request, HOST_AT);
  return memory.compare(last, request, HOST_AT) == 0 &&
    <u32>load<u8>(last, HOST_AT) == (host & ~RETRY_BIT) &&
    memory.compare(last + HOST_AT + 1, request + HOST_AT + 1, count - HOST_AT - 1) == 0;
}

function writeValue(p: PackageState, request: usize, count: u32): u32 {
  const command: u32 = load<u8>(request, 3);
  const size = count - 8; // after the header, the command, the host and three bytes of place
  if (command == WR_PKG_CONFIG) return writeIndex(p, load<u8>(request, 5), value(request, size));
  if (command == WR_IAMSR) {
    const high: u32 = size == 8 ? load<u32>(request, 12) : 0;
    const zero = (value(request, size) | high) == 0;
    const good = load<u16>(request, 6) == MSR_MACHINE_CHECK && zero;
    if (good) p.machineCheck = 0;
    return good ? CODE_GOOD : CODE_ILLEGAL;
  }
  return writePci(p, request, size);
}

/** Data of a write, at most the low 32 bits of it: no register here has more. */
function value(request: usize, size: u32): u32 {
  if (size == 1) return load<u8>(request, 8);
  return size == 2 ? load<u16>(request, 8) : load<u32>(request, 8);
}

function writeIndex(p: PackageState, index: u32, value: u32): u32 {
  switch (index) {
    case INDEX_POWER_LIMIT:
      p.powerLimit = value;
      return CODE_GOOD;
    case INDEX_TO_BMC:
      if ((p.status & STATUS_TO_FULL) == 0 || value != p.toBmc) return CODE_ILLEGAL;
      p.status = (p.status & ~STATUS_TO_FULL) | STATUS_TO_TAKEN;
      return CODE_GOOD;
    case INDEX_FROM_BMC:
      if ((p.status & STATUS_FROM_FULL) != 0) return CODE_RETRY;
      p.fromBmc = value;
      p.status |= STATUS_FROM_FULL;
      return CODE_GOOD;
    default:
      return CODE_ILLEGAL;
  }
}

/** Register of a PCI address: bus in bits 23..20, device 19..15, function 14..12, then register. */
function pciAddress(request: usize): u32 {
  return load<u16>(request, 5) | (<u32>load<u8>(request, 7) << 16);
}

function isScratch(address: u32, size: u32): bool {
  return address >= PCI_SCRATCH && address + size <= PCI_SCRATCH_END;
}

function readPci(p: PackageState, request: usize, data: usize, size: u32): u32 {
  const address = pciAddress(request);
  if ((address & (size - 1)) != 0) return CODE_ILLEGAL;
  const scratch = changetype<usize>(p) + offsetof<PackageState>("scratch");
  for (let i: u32 = 0; i < size; i++) {
    const at = address + i;
    let byte: u32 = 0xff;
    if (at < 4) byte = (IDENTITY >> (at << 3)) & 0xff;
    else if (isScratch(at, 1)) byte = load<u8>(scratch + (at - PCI_SCRATCH));
    store<u8>(data + i, <u8>byte);
  }
  return CODE_GOOD;
}

function writePci(p: PackageState, request: usize, size: u32): u32 {
  const address = pciAddress(request);
  if ((address & (size - 1)) != 0 || !isScratch(address, size)) return CODE_ILLEGAL;
  const scratch = changetype<usize>(p) + offsetof<PackageState>("scratch");
  memory.copy(scratch + (address - PCI_SCRATCH), request + 8, size);
  return CODE_GOOD;
}
