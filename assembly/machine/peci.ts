/**
 * The PECI wire: joins the engine to the package that is its client.
 *
 * Both are units of no node, so everything here happens at a point where all nodes stand: the
 * engine's phases are events, the client's answer is part of the event that ends the request. The
 * engine's PARAM0 is the client's unit, or NONE for a wire with nobody at its end.
 */
import { packageAnswer, CLIENT_BIT_CYCLES } from "../devices/package-peci";
import {
  answerAt,
  heardAt,
  Peci,
  PECI_ANSWER,
  PECI_ASKED,
  PECI_REQUEST,
  PECI_STARTING,
  peciAnswer,
  peciBegin,
  peciHeardBytes,
  requestBytes,
} from "../devices/peci";
import { PECI_TIMING_BITS } from "../devices/peci-crc";
import { TraceKind } from "../kernel/abi";
import { PARAM_PECI_CLIENT } from "../kernel/blocks";
import { NEVER, cycleAt, edgeTime } from "../kernel/clock";
import { DOM_QUOTIENT, NONE } from "../kernel/layout";
import { trace, traceAt, traceOn } from "../kernel/trace";
import { refreshDue, touched } from "./events";
import { block, domainOf, field } from "./units";

/** Who drives the wire, in a record's `d`. */
const FROM_ENGINE: u32 = 0;
const FROM_CLIENT: u32 = 1;
/** Bytes of a frame that one trace record holds. */
const RECORD_BYTES: u32 = 12;

/** The engine has rung: a message begins, or its request is over. */
export function peciRing(engine: u32, time: u64): void {
  const b = block(engine);
  const p = changetype<Peci>(b);
  const now = cycleAt(domainOf(engine), time);
  if (p.phase == PECI_STARTING) {
    peciBegin(b, CLIENT_BIT_CYCLES, now);
    if (p.phase == PECI_REQUEST) {
      traceBytes(engine, time, FROM_ENGINE, heardAt(b), requestBytes(p));
    }
  } else if (p.phase == PECI_ASKED) {
    peciAnswer(b, ask(engine, time), now);
    if (p.phase == PECI_ANSWER) {
      traceBytes(engine, time, FROM_CLIENT, answerAt(b), p.answered);
    }
  }
  refreshDue(engine);
}

/** Bytes that the client has put at the engine's `answerAt`; 0: it is silent. */
function ask(engine: u32, time: u64): u32 {
  const client = field(engine, PARAM_PECI_CLIENT);
  if (client == NONE) return 0;
  const b = block(engine);
  const now = cycleAt(domainOf(client), time);
  const count = packageAnswer(block(client), heardAt(b), peciHeardBytes(b), answerAt(b), now);
  touched(client, time);
  traceAt(time, engine);
  return count;
}

/**
 * PECI_FRAME records, `RECORD_BYTES` of the phase's bytes each, at the time the phase begins: a =
 * index of the first byte, their number in bits 8..15, who drives in bit 16; b, c, d = the bytes.
 * With PECI_BIT on, a record a bit at the time that bit begins.
 */
function traceBytes(engine: u32, time: u64, from: u32, at: usize, count: u32): void {
  if (traceOn(TraceKind.PECI_FRAME)) {
    traceAt(time, engine);
    for (let first: u32 = 0; first < count; first += RECORD_BYTES) {
      const bytes = min<u32>(count - first, RECORD_BYTES);
      const a = first | (bytes << 8) | (from << 16);
      const b = word(at, first, count);
      trace(TraceKind.PECI_FRAME, a, b, word(at, first + 4, count), word(at, first + 8, count));
    }
  }
  if (!traceOn(TraceKind.PECI_BIT)) return;
  let bit: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (from == FROM_ENGINE && i < PECI_TIMING_BITS) traceBit(engine, time, bit++, 0, from);
    for (let k = 7; k >= 0; k--) {
      traceBit(engine, time, bit++, (load<u8>(at + i) >> <u8>k) & 1, from);
    }
  }
  traceAt(time, engine);
}

/** Up to four bytes from `first` on; those from `count` on are 0. */
function word(at: usize, first: u32, count: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < 4 && first + i < count; i++) {
    value |= <u32>load<u8>(at + first + i) << (i << 3);
  }
  return value;
}

/** PECI_BIT: a = level (1: high for 3/4 of the bit), b = number in the phase, c = ps, d = who. */
function traceBit(engine: u32, time: u64, bit: u32, level: u32, from: u32): void {
  const p = changetype<Peci>(block(engine));
  const domain = domainOf(engine);
  const cycles = <u64>bit * p.negotiated;
  const exact = edgeTime(domain, p.phaseStart + cycles);
  // Bits at the slowest rate lie further ahead than the clock can tell: to a picosecond a bit.
  const start = exact != NEVER ? exact : time + cycles * load<u64>(domain, DOM_QUOTIENT);
  traceAt(start, engine);
  trace(
    TraceKind.PECI_BIT,
    level,
    bit,
    <u32>(<u64>p.negotiated * load<u64>(domain, DOM_QUOTIENT)),
    from,
  );
}
