/** Random programs of a block: loops over its RAM, the shared RAM, its timer and arithmetic. */
import * as asm from "../../host/reference/assembler.js";
import { blockBase, type Items, PLACES, ramOf, SHARED } from "./ecu.js";
import type { Draw } from "./seeded.js";

const { zero, ra, s2, s3, s4, t0, t1 } = asm.R;
/** Registers that hold data. */
export const DATA: readonly number[] = [8, 9, 10, 11, 12, 13, 14, 15];

const ALU = [asm.add, asm.sub, asm.xor, asm.or, asm.and, asm.sltu, asm.sll, asm.srl, asm.mul];
const LONG = [asm.div, asm.divu, asm.rem, asm.remu, asm.mulh, asm.mulhu];
const LOADS = [asm.lw, asm.lh, asm.lhu, asm.lb, asm.lbu];
const STORES = [asm.sw, asm.sh, asm.sb];
const BRANCHES = [asm.beq, asm.bne, asm.blt, asm.bgeu];

export interface LoopOptions {
  /** A timer interrupt every 700 cycles or so. */
  readonly timer?: boolean;
  /** All accesses go to the shared RAM, where the trace shows them. */
  readonly shared?: boolean;
}

/** One instruction, or a few. Offsets may cross words; shared RAM is rarer. */
function piece(draw: Draw, k: number, shared: boolean): asm.Item[] {
  const reg = () => draw.pick(DATA);
  const base = shared || draw.oneIn(6) ? s3 : s2;
  switch (draw.below(8)) {
    case 0:
      return [draw.pick(LOADS)(reg(), base, draw.below(120))];
    case 1:
      return [draw.pick(STORES)(reg(), base, draw.below(120))];
    case 2:
      return [draw.pick(LONG)(reg(), reg(), reg())];
    case 3: {
      const label = `skip${k}`;
      const [a, b] = [reg(), reg()];
      const branch = draw.pick(BRANCHES);
      const over = draw.pick(ALU)(reg(), reg(), reg());
      return [asm.to(label, (offset) => branch(a, b, offset)), over, { label }];
    }
    case 4:
      return [asm.addi(reg(), reg(), draw.below(2000) - 1000)];
    case 5:
      return draw.oneIn(4) ? [asm.lw(reg(), s4, -8)] : [asm.csrrs(reg(), 0xb00, zero)];
    default:
      return [draw.pick(ALU)(reg(), reg(), reg())];
  }
}

/** An endless random loop of `length` pieces for block `block`. */
export function randomLoop(
  draw: Draw,
  block: number,
  length: number,
  { timer = false, shared = false }: LoopOptions = {},
): Items {
  const mtime = blockBase(block) + PLACES.timer + 0xc000; // s4 - 8 is MTIME
  const start: asm.Item[] = [
    ...asm.li(s2, ramOf(block)),
    ...asm.li(s3, SHARED),
    ...asm.li(s4, mtime),
    ...DATA.flatMap((register) => asm.li(register, draw.word() | 0)),
  ];
  const body = Array.from({ length }, (_, k) => piece(draw, k, shared)).flat();
  const loop = [{ label: "loop" }, ...body, asm.to("loop", (offset) => asm.jal(zero, offset))];
  if (!timer) return [...start, ...loop];
  const compare = blockBase(block) + PLACES.timer + 0x4000;
  return [
    asm.to("start", (offset) => asm.jal(zero, offset)),
    { label: "handler" },
    ...asm.li(t0, compare),
    asm.lw(t1, t0, 0),
    asm.addi(t1, t1, 700 + draw.below(50)),
    asm.sw(t1, t0, 0),
    asm.addi(DATA[0]!, DATA[0]!, 1),
    asm.mret(),
    { label: "start" },
    ...asm.li(t0, compare),
    asm.sw(zero, t0, 4),
    ...asm.li(t1, 500),
    asm.sw(t1, t0, 0),
    asm.auipc(ra, 0),
    asm.to("handler", (offset) => asm.addi(ra, ra, offset + 4)),
    asm.csrrw(zero, 0x305, ra),
    ...asm.li(t0, 0x80),
    asm.csrrs(zero, 0x304, t0),
    asm.csrrsi(zero, 0x300, 8),
    ...start,
    ...loop,
  ];
}
