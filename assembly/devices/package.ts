import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { HEAD_BYTES } from "../kernel/layout";
import { heatEnergy, heatMargin, heatReset, heatSet, heatSettle } from "./package-heat";
import {
  IN_POWER, IN_RESET, PackageState, packageAirflow, packagePowered, STATUS_FROM_FULL,
  STATUS_TO_FULL, STATUS_TO_TAKEN,
} from "./package-state";

/**
 * Processor package: temperature sensor, energy counter, PECI client, mailbox.
 *
 *   offset  name         access  reset        meaning
 *   0x00    LOAD         RW      0x0000_0000  How busy the package's cores are; heats it.
 *           [6:0]  PERCENT    0 to 100; more counts as 100.
 *   0x04    THERMAL      RO      -            Temperature, as GetTemp gives it.
 *           [15:0] MARGIN     Signed, 1/64 C below the limit: 0 at the limit, negative below.
 *           [16]   HOT        The limit is reached: the package throttles itself.
 *   0x08    ENERGY       RO      0x0000_0000  Energy used, in 2^-16 J, modulo 2^32.
 *   0x0c    POWER_LIMIT  RO      0x0000_0000  What the BMC wrote by WrPkgConfig index 26.
 *   0x10    TO_BMC       RW      0x0000_0000  Message to the BMC; a write sets TO_FULL.
 *   0x14    FROM_BMC     RO      0x0000_0000  Message from the BMC.
 *   0x18    STATUS       W1C     0x0000_0000  State of the mailbox; bits 31..3 read 0.
 *           [0]    TO_FULL    TO_BMC waits; ignores writes. The BMC takes it: WrPkgConfig 0x80.
 *           [1]    FROM_FULL  FROM_BMC is new; clear it to make room for the next one.
 *           [2]    TO_TAKEN   The BMC has taken a message.
 *   0x1c    CTRL         RW      0x0000_0000  Interrupt enables; bits 31..2 read 0.
 *           [0]    FROM_IRQ   While FROM_FULL is set.
 *           [1]    TO_IRQ     While TO_TAKEN is set.
 *   0x20    MESSAGES     RO      0x0000_0000  PECI messages answered, modulo 2^32.
 *   0x24    REJECTED     RO      0x0000_0000  PECI messages aborted or not understood.
 *
 * A write to TO_BMC while TO_FULL is set does nothing. By PECI: RdPkgConfig index 0x80 reads TO_BMC
 * (0 while it is empty) and changes nothing; WrPkgConfig index 0x80 takes it: with the value that
 * was read it clears TO_FULL and sets TO_TAKEN, with any other it does nothing (90). WrPkgConfig
 * index 0x81 writes FROM_BMC and sets FROM_FULL, or answers 80 (retry) while FROM_FULL is set;
 * RdPkgConfig index 0x81 reads FROM_BMC's STATUS bit: 1 while FROM_FULL.
 * Further RdPkgConfig indices: 2 temperature (parameter 0x00ff: as GetTemp), 3 energy, 16 limit in
 * bits 23..16 (C), 26 power limit, 30 units (0x000a_1003: energy in 2^-16 J). WrPkgConfig: 26.
 * RdIAMSR: 0x19c thermal status, 0x1a2 limit, 0x401 machine-check status (WrIAMSR clears it with
 * 0), 0x606 units, 0x611 energy. RdPCIConfigLocal: bus 0 device 0 function 0, word 0 the identity,
 * 0x40..0x7c scratch words that WrPCIConfigLocal writes; elsewhere all ones. The rest is 90.
 * Aligned 32-bit accesses only; what the table does not allow is a bus error. The unit belongs to
 * no node. Inputs: 0 power (off: no answer, everything but the heat is lost), 1 reset (the host's:
 * mailbox, LOAD and CTRL are cleared while it is 1), 2..5 airflow from 0 to 15 (bit 2 is worth 1).
 * Output 0 is the host's interrupt.
 * Fault sites: 0 client absent (1: no answer), 1 sensor (0 good, else the code GetTemp answers,
 * such as 0x8000), 2 temperature (sets it, signed 1/64 C below the limit), 3 completion code (0
 * none, else the code that the next command with a completion code answers, without effect), 4
 * machine check (becomes the status of MSR 0x401).
 * Source: specs/bmc-backup-link.md, sections 2 and 3; Intel's thermal design guides and Xeon
 * E5-1600/2600/4600 data sheet, volume 1, section 2.5 (commands, indices, completion codes). The
 * thermal model is our choice: docs/decisions has it.
 */

const LOAD:        u32 = 0x00;
const THERMAL:     u32 = 0x04;
const ENERGY:      u32 = 0x08;
const POWER_LIMIT: u32 = 0x0c;
const TO_BMC:      u32 = 0x10;
const FROM_BMC:    u32 = 0x14;
const STATUS:      u32 = 0x18;
const CTRL:        u32 = 0x1c;
const MESSAGES:    u32 = 0x20;
const REJECTED:    u32 = 0x24;

const LOAD_MOST: u32 = 100;
const THERMAL_HOT: u32 = 1 << 16;
const CTRL_FROM_IRQ: u32 = 1 << 0;
const CTRL_TO_IRQ: u32 = 1 << 1;
const CTRL_BITS: u32 = 3;

/** The sensor needs 1 ms of the unit's 24 MHz clock after power-on. */
const READY_CYCLES: u64 = 24_000;

const OUT_INTERRUPT: u32 = 1 << 0;

const FAULT_ABSENT: u32 = 0;
const FAULT_SENSOR: u32 = 1;
const FAULT_TEMPERATURE: u32 = 2;
const FAULT_COMPLETION: u32 = 3;
const FAULT_MACHINE_CHECK: u32 = 4;

/** Power-on of the machine: the package itself follows its input wires from then on. */
export function packageReset(b: usize, cause: u32, now: u64): void {
  const p = changetype<PackageState>(b);
  memory.fill(b + HEAD_BYTES, 0, offsetof<PackageState>() - HEAD_BYTES);
  heatReset(p, now);
  p.readyAt = now + READY_CYCLES;
  p.due = NEVER;
  packageDrive(p);
}

export function packageRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  settle(changetype<PackageState>(b), now);
  return packagePeek(b, offset, now);
}

export function packageWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const p = changetype<PackageState>(b);
  switch (offset) {
    case LOAD:
      settle(p, now);
      p.load = (value & 0x7f) < LOAD_MOST ? value & 0x7f : LOAD_MOST;
      break;
    case TO_BMC:
      if ((p.status & STATUS_TO_FULL) == 0) {
        p.toBmc = value;
        p.status |= STATUS_TO_FULL;
      }
      break;
    case STATUS: p.status &= ~(value & (STATUS_FROM_FULL | STATUS_TO_TAKEN)); break;
    case CTRL:   p.ctrl = value & CTRL_BITS; break;
    default:     return BUS_ERROR;
  }
  packageDrive(p);
  return BUS_OK;
}

export function packagePeek(b: usize, offset: u32, now: u64): u64 {
  const p = changetype<PackageState>(b);
  switch (offset) {
    case LOAD:        return <u64>p.load;
    case THERMAL:     return <u64>((<u32>heatMargin(p) & 0xffff) | (p.hot ? THERMAL_HOT : 0));
    case ENERGY:      return <u64>heatEnergy(p);
    case POWER_LIMIT: return <u64>p.powerLimit;
    case TO_BMC:      return <u64>p.toBmc;
    case FROM_BMC:    return <u64>p.fromBmc;
    case STATUS:      return <u64>p.status;
    case CTRL:        return <u64>p.ctrl;
    case MESSAGES:    return <u64>p.messages;
    case REJECTED:    return <u64>p.rejected;
    default:          return READ_ERROR;
  }
}

/** Never due: this unit acts when it is accessed, asked, or its wires change. */
export function packageEvent(b: usize, now: u64): void {
  changetype<PackageState>(b).due = NEVER;
}

export function packageInput(b: usize, levels: u32, now: u64): void {
  const p = changetype<PackageState>(b);
  settle(p, now);
  const off = (levels & IN_POWER) == 0;
  const cameOn = !off && !packagePowered(p);
  const reset = ((levels | p.inputs) & IN_RESET) != 0; // its end too: nothing came in meanwhile
  p.inputs = levels;
  if (off || reset) forgetMailbox(p);
  if (off) powerLost(p);
  if (cameOn) p.readyAt = now + READY_CYCLES;
  packageDrive(p);
}

/** Fault sites: see the header. False if there is no such site or value. */
export function packageFault(b: usize, site: u32, value: u32, now: u64): bool {
  const p = changetype<PackageState>(b);
  settle(p, now);
  if (site == FAULT_ABSENT && value <= 1) p.absent = value;
  else if (site == FAULT_SENSOR && value <= 0xffff) p.sensor = value;
  else if (site == FAULT_TEMPERATURE) heatSet(p, <i32>(<i16>value));
  else if (site == FAULT_COMPLETION && value <= 0xff) p.completion = value;
  else if (site == FAULT_MACHINE_CHECK) p.machineCheck = value;
  else return false;
  return true;
}

/** The host's interrupt, after every change of the mailbox. */
export function packageDrive(p: PackageState): void {
  const from = (p.status & STATUS_FROM_FULL) != 0 && (p.ctrl & CTRL_FROM_IRQ) != 0;
  const to = (p.status & STATUS_TO_TAKEN) != 0 && (p.ctrl & CTRL_TO_IRQ) != 0;
  p.outputs = packagePowered(p) && (from || to) ? OUT_INTERRUPT : 0;
}

function settle(p: PackageState, now: u64): void {
  heatSettle(p, packagePowered(p), packageAirflow(p), now);
}

function forgetMailbox(p: PackageState): void {
  p.load = 0;
  p.toBmc = 0;
  p.fromBmc = 0;
  p.status = 0;
  p.ctrl = 0;
}

function powerLost(p: PackageState): void {
  const b = changetype<usize>(p);
  p.energy = 0;
  p.powerLimit = 0;
  p.machineCheck = 0;
  p.messages = 0;
  p.rejected = 0;
  p.lastCode = 0;
  p.lastBytes = 0;
  memory.fill(b + offsetof<PackageState>("last"), 0, 24);
  memory.fill(b + offsetof<PackageState>("scratch"), 0, 64);
}
