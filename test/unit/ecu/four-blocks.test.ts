/** The number of blocks is data: two to four (specs/dual-block-mcu.md, section 1). */
import { expect, test } from "vitest";
import { TraceKind } from "../../../assembly/kernel/abi.js";
import * as asm from "../../../host/reference/assembler.js";
import * as ecu from "../../support/ecu.js";
import { randomLoop } from "../../support/ecu-programs.js";
import { draws, printedSeed } from "../../support/seeded.js";

const { t0, t1, a0 } = asm.R;

/** Gives the machine `count` blocks: further ones are made as block 1 is, at their own places. */
function withBlocks(count: number): (file: ecu.MachineJson) => void {
  return (file) => {
    for (let block = 2; block < count; block++) {
      const text = JSON.stringify(file.nodes.block1)
        .replaceAll("0x11", `0x1${block}`)
        .replaceAll('"block1"', `"block${block}"`)
        .replaceAll("0x3000_2000", `0x3000_${block + 1}000`);
      file.nodes[`block${block}`] = JSON.parse(text);
      file.clocks[`block${block}`] = { follows: `osc${block % 2}` };
      file.wires.push(
        ...JSON.parse(JSON.stringify(file.wires))
          .filter(({ from, to }: ecu.MachineJson) => /block1\b/.test(`${from} ${to}`))
          .filter(({ from }: ecu.MachineJson) => !from.startsWith("supply"))
          .map((wire: ecu.MachineJson) =>
            JSON.parse(JSON.stringify(wire).replaceAll("block1", `block${block}`)),
          ),
      );
    }
    const names = Array.from({ length: count }, (_, block) => `block${block}`);
    for (const [own, name] of names.entries()) {
      file.nodes[name].foreign = Object.fromEntries(
        names
          .filter((_, other) => other !== own)
          .map((owner) => [owner, { base: `0x1${owner.slice(-1)}00_0000`, size: "16M", owner }]),
      );
    }
    file.shared.pool.nodes = names;
  };
}

test.each([3, 4])(
  "%i blocks: each reaches itself and the shared RAM, and no other",
  async (count) => {
    for (let block = 0; block < count; block++) {
      for (let other = 0; other < count; other++) {
        const items = [
          ...asm.li(t0, ecu.ramOf(other)),
          asm.lw(a0, t0, 0),
          ...asm.li(t0, ecu.SHARED),
          asm.sw(t1, t0, 0),
          ...ecu.SPIN,
        ];
        const programs = Array.from({ length: count }, (_, k) => (k === block ? items : ecu.SPIN));
        const machine = await ecu.ecuMachine(programs, { change: withBlocks(count) });
        const isolation: string[] = [];
        machine.setTrace([TraceKind.ISOLATION], (records) => {
          isolation.push(...records.map(({ unit, a }) => `${unit} ${(a >>> 0).toString(16)}`));
        });
        machine.run(ecu.cycles(60));
        const want = other === block ? [] : [`${block} ${ecu.ramOf(other).toString(16)}`];
        expect(isolation.slice(0, 1)).toEqual(want);
      }
    }
  },
);

test("four blocks at work: equal digests in slices, in order, and with all second cores executed", async () => {
  const draw = draws(printedSeed("four blocks"));
  const programs = [0, 1, 2, 3].map((k) => randomLoop(draw, k, 50));
  const run = async (how: string) => {
    const machine = await ecu.ecuMachine(programs, { change: withBlocks(4) });
    machine.setOrdered(how === "ordered");
    machine.setLockstepForced(how === "forced");
    for (let time = 0; how === "slices" && time < 5000; time += 13) machine.run(ecu.cycles(time));
    machine.run(ecu.cycles(5000));
    return machine.digest();
  };
  const digest = await run("whole");
  for (const how of ["slices", "ordered", "forced"]) expect(await run(how), how).toBe(digest);
});
