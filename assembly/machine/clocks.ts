/**
 * Changes of clocks: feeders that stop, drift or lose edges, and domains that follow a feeder. A
 * domain with a feeder (DOM_FEEDER) has the feeder's edges, under cycle numbers of its own; it is
 * coupled anew whenever the feeder changes. Changes happen when every unit of the domain stands at
 * that time: as a fault, or when a device of the domain's own node asks (DOORBELL_CLOCK).
 */
import { clockMonitorUpdate } from "../devices/clock-monitor";
import { TraceKind, UnitKind } from "../kernel/abi";
import {
  clockCouple,
  clockSetRate,
  clockSkip,
  clockStart,
  clockStop,
} from "../kernel/clock";
import {
  DOM_FEEDER,
  DOM_RATE,
  DOM_STOPPED,
  H_DOMAIN_COUNT,
  H_HART_COUNT,
  H_UNIT_COUNT,
  NONE,
  UNIT_KIND,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { refreshDue } from "./events";
import { listLookahead } from "./lookahead";
import { clockMoved } from "./run";
import { block, domainRow, field, header } from "./units";

/** Edges of the new feeder that do not reach a domain that switches. specs/dual-block-mcu.md, 2. */
const SWITCH_EDGES: u64 = 3;

/** Stops a clock at `time`, or gives it a rate in mHz from its first edge at or after `time`. */
export function clockSetAt(domain: u32, rate: u64, time: u64): void {
  const row = domainRow(domain);
  if (rate == 0) clockStop(row, time);
  else {
    clockStart(row, time);
    clockSetRate(row, rate, time);
  }
  changed(domain, time);
}

/** A stopped clock goes on at its old rate. */
export function clockStartAt(domain: u32, time: u64): void {
  clockStart(domainRow(domain), time);
  changed(domain, time);
}

/** The next `edges` edges of a clock do not come. */
export function clockSkipAt(domain: u32, edges: u64, time: u64): void {
  clockSkip(domainRow(domain), edges, time);
  changed(domain, time);
}

/** From `time` on a domain follows another feeder, after a gap of SWITCH_EDGES of its edges. */
export function clockSwitch(domain: u32, feeder: u32, time: u64): void {
  const row = domainRow(domain);
  store<u32>(row, feeder + 1, DOM_FEEDER);
  clockCouple(row, domainRow(feeder), time, SWITCH_EDGES);
  announce(domain, time);
  listLookahead();
}

/** Monitors of clocks look anew when a feeder has changed or its anchor has moved at `time`. */
export function clocksLook(time: u64): void {
  const units = header(H_UNIT_COUNT);
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (field(unit, UNIT_KIND) != UnitKind.CLOCK_MONITOR) continue;
    clockMonitorUpdate(block(unit), time);
    refreshDue(unit);
  }
}

function changed(domain: u32, time: u64): void {
  announce(domain, time);
  const domains = header(H_DOMAIN_COUNT);
  for (let follower: u32 = 0; follower < domains; follower++) {
    if (load<u32>(domainRow(follower), DOM_FEEDER) != domain + 1) continue;
    clockCouple(domainRow(follower), domainRow(domain), time, 0);
    announce(follower, time);
  }
  clocksLook(time);
  listLookahead();
}

/** CLOCK record: a = domain, b and c = rate in mHz, 0 while it stands. */
function announce(domain: u32, time: u64): void {
  const row = domainRow(domain);
  const rate = load<u32>(row, DOM_STOPPED) ? 0 : load<u64>(row, DOM_RATE);
  traceAt(time, NONE);
  trace(TraceKind.CLOCK, domain, <u32>rate, <u32>(rate >> 32), 0);
  clockMoved(domain);
}
