/** A snapshot of a file may say anything: what is not a state of the machine is refused. */
import { describe, expect, test } from "vitest";
import * as L from "../../../assembly/kernel/layout.js";
import type { Machine } from "../../../host/core/machine.js";
import type { Snapshot } from "../../../host/core/snapshot.js";
import { modelImage, modelMachine } from "../../support/models.js";
import { draws, printedSeed } from "../../support/seeded.js";

const MODEL = "two-nodes";
const AT_PS = 3_000_000_000n;

async function taken(): Promise<{ machine: Machine; snapshot: Snapshot }> {
  const machine = await modelMachine(MODEL);
  machine.run(AT_PS);
  return { machine, snapshot: machine.snapshot() };
}

/** The snapshot with 32-bit words of its state replaced, at linear addresses. */
function forged(snapshot: Snapshot, words: readonly (readonly [number, number])[]): Snapshot {
  const pages = snapshot.pages.map((page) => ({ ...page, bytes: page.bytes.slice() }));
  for (const [address, value] of words) {
    const offset = address - L.STATE_BASE;
    const page = pages.find(({ index }) => index === Math.floor(offset / L.PAGE_BYTES))!;
    new DataView(page.bytes.buffer).setUint32(offset % L.PAGE_BYTES, value, true);
  }
  return { ...snapshot, pages };
}

const image = modelImage(MODEL);
const header = (offset: number) => L.STATE_BASE + offset;
const table = (offset: number) =>
  new DataView(image.tables.buffer, image.tables.byteOffset).getUint32(offset, true);
const ram = image.memories.find(({ name }) => name === "a.ram")!;

describe("a snapshot from a file", () => {
  test("that the machine wrote is taken, and continues as the machine does", async () => {
    const { machine, snapshot } = await taken();
    machine.run(2n * AT_PS);
    const end = machine.digest();
    const other = await modelMachine(MODEL);
    other.restoreFrom(snapshot, "f");
    other.run(2n * AT_PS);
    expect(other.digest()).toBe(end);
  });

  test.each([
    ["a size", [[header(L.H_STATE_BYTES), 0xffff_f000]], /header is another machine's/],
    ["a place of its tables", [[header(L.H_UNITS), 0]], /header is another machine's/],
    ["a time", [[header(L.H_NOW), 1]], /two times/],
    ["a unit", [[table(L.H_UNITS) + L.UNIT_BLOCK, 0xffff_0000]], /wired otherwise/],
    ["a region", [[table(L.H_REGIONS) + L.REGION_MEMORY, 0]], /address maps are others/],
    [
      "a clock of 0 Hz",
      [
        [table(L.H_DOMAINS) + L.DOM_RATE, 0],
        [table(L.H_DOMAINS) + L.DOM_RATE + 4, 0],
      ],
      /clock .* is none/,
    ],
    ["a window of a hart", [[image.harts[1]!.block + L.HART_RAM_SIZE, 0xffff_f000]], /hart b /],
    ["a word of RAM", [[ram.address + 64, 0xdead_beef]], /digest is not that of its pages/],
    ["a program counter", [[image.harts[0]!.block + L.HART_PC, 2]], /digest is not/],
  ] as [string, [number, number][], RegExp][])(
    "with %s changed is refused",
    async (_, words, reason) => {
      const { machine, snapshot } = await taken();
      machine.run(2n * AT_PS);
      expect(() => machine.restoreFrom(forged(snapshot, words), "f.snapshot")).toThrow(reason);
      expect(() => machine.restoreFrom(forged(snapshot, words), "f.snapshot")).toThrow(
        /^E150 f\.snapshot: the snapshot is damaged/,
      );
    },
  );

  test("whose pages claim the hashes of what the machine has is taken by its bytes", async () => {
    const { machine, snapshot } = await taken();
    machine.run(2n * AT_PS);
    const now = new Map(machine.snapshot().pages.map((page) => [page.index, page]));
    const pages = snapshot.pages.map((page) => ({ ...now.get(page.index)!, bytes: page.bytes }));
    machine.restoreFrom({ ...snapshot, pages }, "f");
    expect(machine.digest(true)).toBe(snapshot.digest);
  });

  test("with a random change anywhere is refused and crashes nothing", async () => {
    const draw = draws(printedSeed("forged snapshots"));
    const { snapshot } = await taken();
    const machine = await modelMachine(MODEL);
    for (let n = 0; n < 300; n++) {
      const page = draw.pick(snapshot.pages);
      const at = L.STATE_BASE + page.index * L.PAGE_BYTES + 4 * draw.below(L.PAGE_BYTES / 4);
      const before = new DataView(page.bytes.buffer).getUint32(
        (at - L.STATE_BASE) % L.PAGE_BYTES,
        true,
      );
      const words = [[at, (before ^ (draw.word() | 1)) >>> 0]] as const;
      expect(() => machine.restoreFrom(forged(snapshot, words), "f")).toThrow(/^E150 f: /);
    }
  });
});
