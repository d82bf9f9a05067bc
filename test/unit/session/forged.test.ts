/** Session and snapshot files with a right checksum and contents that hotspare never writes. */
import { describe, expect, test } from "vitest";
import { STATE_VERSION, TIMING_VERSION } from "../../../assembly/kernel/abi.js";
import { UserError } from "../../../host/error/index.js";
import { InputLog } from "../../../host/serial/input-log.js";
import { packContainer, unpackContainer } from "../../../host/session/container.js";
import { OutputLog } from "../../../host/session/output-log.js";
import { decodeSession, encodeSession, type Session } from "../../../host/session/session-file.js";
import {
  decodeSnapshot,
  encodeSnapshot,
  snapshotNames,
} from "../../../host/session/snapshot-file.js";
import { modelImage, modelMachine } from "../../support/models.js";
import { draws, printedSeed } from "../../support/seeded.js";

const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };

const SESSION: Session = {
  ...VERSIONS,
  tool: "0.1.0",
  machine: { name: "m", hash: "0".repeat(32), file: "m.json", text: "{}" },
  firmware: [],
  seed: 1n,
  command: ["run", "m"],
  driver: "free",
  faults: [],
  start: null,
  uarts: ["a.uart0"],
  inputs: [{ time_ps: 5n, uart: "a.uart0", kind: "bytes", bytes: Uint8Array.of(65) }],
  outputs: [{ time_ps: 7n, uart: "a.uart0", character: 65 }],
  digests: [{ time_ps: 6n, digest: "00112233445566778899aabbccddeeff" }],
  end: { time_ps: 10n, digest: "f".repeat(32), outcome: "done", halted: false },
};

type Meta = Record<string, unknown> & { end: Record<string, unknown> };

/** A file whose meta.json was edited; its checksum is right. */
function edited(
  kind: "SESS" | "SNAP",
  file: Uint8Array,
  edit: (meta: Meta) => unknown,
): Uint8Array {
  const sections = new Map(unpackContainer(kind, file, "f"));
  const meta = JSON.parse(new TextDecoder().decode(sections.get("meta.json"))) as Meta;
  const text = JSON.stringify(edit(meta) ?? meta);
  sections.set("meta.json", new TextEncoder().encode(text));
  return packContainer(kind, sections);
}

/** A change of meta.json. */
const set = (name: string, value: unknown) => (meta: Meta) => {
  meta[name] = value;
};
const setEnd = (name: string, value: unknown) => (meta: Meta) => {
  meta.end[name] = value;
};

describe("a session file", () => {
  test.each([
    ["an end before the beginning", setEnd("time_ps", "-1")],
    ["an end beyond machine time", setEnd("time_ps", (1n << 64n).toString())],
    ["an end that is no time", setEnd("time_ps", 12)],
    ["no end", set("end", undefined)],
    ["an end before its outputs", setEnd("time_ps", "6")],
    ["a seed of 65 bits", set("seed", (1n << 64n).toString())],
    ["UARTs that are no list", set("uarts", "a.uart0")],
    ["too few UARTs", set("uarts", [])],
    ["firmware that it does not hold", set("firmware", [{ node: "a", file: "a.elf" }])],
    ["an unknown driver", set("driver", "slow")],
    ["no machine", set("machine", null)],
    ["a number instead of everything", () => 5],
    ["null instead of everything", () => "null"],
  ])("with %s is damaged, not a bug of ours", (_, edit) => {
    const file = edited("SESS", encodeSession(SESSION), edit);
    expect(() => decodeSession(file, "f", VERSIONS)).toThrow(/^(E150|E180) f: /);
  });
});

describe("a snapshot file", () => {
  const file = async () => {
    const machine = await modelMachine("console-board");
    machine.run(1_000_000n);
    const image = modelImage("console-board");
    const names = snapshotNames(image);
    const about = { tool: "0.1.0", machine: image.name, firmware: [] };
    return encodeSnapshot({ ...about, names, snapshot: machine.snapshot() });
  };

  test.each([
    ["a time before the beginning", set("now_ps", "-5")],
    ["a time that is no number", set("now_ps", "soon")],
    ["half a page", set("stateBytes", 5000)],
    ["no size", set("stateBytes", undefined)],
    ["a digest that is none", set("digest", "xyz")],
    ["firmware that is no list", set("firmware", 3)],
  ])("with %s is damaged, not a bug of ours", async (_, edit) => {
    const wrong = edited("SNAP", await file(), edit);
    expect(() => decodeSnapshot(wrong, "f", VERSIONS)).toThrow(/^E150 f: /);
  });

  test("with wild bytes in any part is refused or read, and never crashes", async () => {
    const draw = draws(printedSeed("wild snapshots"));
    const whole = unpackContainer("SNAP", await file(), "f");
    const names = [...whole.keys()];
    for (let n = 0; n < 300; n++) {
      const name = draw.pick(names);
      const bytes = whole.get(name)!.slice();
      for (let hits = 1 + draw.below(3); hits > 0; hits--) {
        bytes[draw.below(bytes.length)] = draw.word();
      }
      const wild = packContainer("SNAP", new Map([...whole, [name, bytes]]));
      try {
        decodeSnapshot(wild, "f", VERSIONS);
      } catch (error) {
        expect(error, `${name}, case ${n}`).toBeInstanceOf(UserError);
      }
    }
  }, 120_000);
});

describe("a recording in memory", () => {
  test("takes few bytes a character, and gives the outputs back by time and name", () => {
    const log = new OutputLog();
    for (let n = 0; n < 200_000; n++) {
      log.add({ time_ps: BigInt(n) * 86_805_555n, uart: "b.uart0", character: n & 0xff });
    }
    for (let n = 0; n < 1000; n++) {
      log.add({ time_ps: BigInt(n) * 86_805_555n, uart: "a.uart0", character: 256 });
    }
    const streams = (log as unknown as { streams: Map<string, { writer: Writer }> }).streams;
    const size = [...streams.values()].reduce((sum, { writer }) => sum + writer.finish().length, 0);
    expect(size).toBeLessThan(201_000 * 7);
    const records = [...log.records()];
    expect(records.length).toBe(201_000);
    expect(records[0]).toEqual({ time_ps: 0n, uart: "a.uart0", character: 256 });
    expect(records[1]).toEqual({ time_ps: 0n, uart: "b.uart0", character: 0 });
    const last = { time_ps: 199_999n * 86_805_555n, uart: "b.uart0", character: 199_999 & 0xff };
    expect(records.at(-1)).toEqual(last);
    expect(records.every((row, k) => k === 0 || records[k - 1]!.time_ps <= row.time_ps)).toBe(true);
  });

  test("gives inputs back as they came", () => {
    const log = new InputLog();
    for (let n = 0; n < 3000; n++) {
      log.sink(BigInt(n), n % 2 ? "b" : "a", "bytes", new Uint8Array(1 + (n % 90)).fill(n));
    }
    const records = [...log.records()];
    expect(records.length).toBe(3000);
    expect(records[2999]).toEqual({
      time_ps: 2999n,
      uart: "b",
      kind: "bytes",
      bytes: new Uint8Array(1 + (2999 % 90)).fill(2999),
    });
  });
});

interface Writer {
  finish(): Uint8Array;
}
