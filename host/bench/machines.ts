/** Machines that the benchmarks run: bare harts, many harts, the console board. */

import type { MachineImage } from "../core/image.js";
import { elaborate } from "../machine/elaborate.js";
import { parseMachine } from "../machine/parse.js";
import { countdown, firmwareOfWords, PROGRAM_BASE } from "./tiny-programs.js";

/** Private memory of each of many harts. */
const HART_BYTES = "64K";

/** `harts` equal nodes that each count down and sleep. */
export function manyHarts(harts: number, turns: number): MachineImage {
  const text = JSON.stringify({
    machine: `harts${harts}`,
    clocks: { core: { rate_hz: 100_000_000 } },
    nodes: {
      hart: {
        count: harts,
        isa: "rv32im",
        timing: "ibex-small",
        clock: "core",
        boot: PROGRAM_BASE,
        memories: { ram: { kind: "ram", base: PROGRAM_BASE, size: HART_BYTES } },
      },
    },
  });
  const description = parseMachine(text, "many-harts");
  return elaborate(description, new Map([["hart", firmwareOfWords(countdown(turns))]]));
}
