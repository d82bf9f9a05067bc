/** When nothing can happen any more without an input. */
import { HartState } from "../kernel/abi";
import { NEVER } from "../kernel/clock";
import { DOM_STOPPED, HART_STATE, HEAD_DUE, H_UNIT_COUNT } from "../kernel/layout";
import { faultsWait } from "./fault-plan";
import { awaitsRow, fabricsQuiet } from "./tiles";
import { block, domainOf, hartTime, header } from "./units";

/**
 * Nothing but clock anchors can happen without an input. Units are asked themselves: a cached time
 * of NEVER may also mean "far" (clock.ts).
 */
export function idle(harts: u32): bool {
  if (faultsWait()) return false;
  for (let node: u32 = 0; node < harts; node++) {
    if (awaitsRow(node)) continue;
    const state = load<u32>(block(node), HART_STATE);
    if (state == HartState.RUNNING || state == HartState.WAKING) return false;
  }
  if (!fabricsQuiet()) return false;
  const units = header(H_UNIT_COUNT);
  for (let unit = harts; unit < units; unit++) {
    if (load<u64>(block(unit), HEAD_DUE) == NEVER) continue;
    if (load<u32>(domainOf(unit), DOM_STOPPED) == 0) return false;
  }
  return true;
}

/** When the last hart went to sleep: the end of its last instruction, not before `now`. */
export function idleSince(harts: u32, now: u64): u64 {
  let latest = now;
  for (let node: u32 = 0; node < harts; node++) {
    const time = hartTime(node);
    if (time != NEVER && time > latest) latest = time;
  }
  return latest;
}
