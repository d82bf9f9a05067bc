/**
 * Fault sites beside those of faults.ts, which have no call of their own: CSRs, registers of
 * devices, a hart that hangs. Each answers whether it changed anything.
 */
import { READ_ERROR } from "../bus/head";
import { BUS_OK, HOLD_HUNG, UnitKind } from "../kernel/abi";
import { cycleAt } from "../kernel/clock";
import { NONE, UNIT_KIND } from "../kernel/layout";
import { hartPeekCsr, hartPokeCsr } from "../rv32/hart";
import { devicePeek, deviceWrite } from "./dispatch";
import { touched } from "./events";
import { abandonAccess } from "./faults";
import { hold, unitDown } from "./hold";
import { pairMissing, pairPart } from "./lockstep";
import { block, domainOf, field } from "./units";

/** Inverts bits of a CSR; those that the register cannot hold stay (WARL). */
export function flipCsr(hart: u32, address: u32, mask: u32): bool {
  if (field(hart, UNIT_KIND) != UnitKind.HART) return false;
  const b = block(hart);
  const before = hartPeekCsr(b, address);
  if (before >> 32) return false;
  pairPart(b);
  if (hartPokeCsr(b, address, <u32>before ^ mask)) return false;
  abandonAccess(b);
  return <u32>hartPeekCsr(b, address) != <u32>before;
}

/**
 * Inverts bits of a device's register, as a write of the inverted value would: what a register
 * does on a write (clear, start, send) it does. `width` is 1, 2 or 4 bytes.
 */
export function flipDevice(unit: u32, offset: u32, mask: u32, width: u32, time: u64): bool {
  const kind = field(unit, UNIT_KIND);
  if (kind < <u32>UnitKind.UART || unitDown(unit)) return false;
  const b = block(unit);
  const now = cycleAt(domainOf(unit), time);
  const before = devicePeek(kind, b, offset, now);
  if (before & READ_ERROR) return false;
  if (deviceWrite(kind, b, offset, width, <u32>before ^ mask, now) != BUS_OK) return false;
  touched(unit, time);
  return devicePeek(kind, b, offset, now) != before;
}

/** The hart executes nothing until its next reset; its devices go on. */
export function hang(hart: u32, time: u64): bool {
  if (hart == NONE || field(hart, UNIT_KIND) != UnitKind.HART) return false;
  if (!hold(hart, HOLD_HUNG, time)) return false;
  pairMissing(block(hart));
  return true;
}
