import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../host/error/index.js";
import { ByteWriter } from "../../../host/serial/byte-writer.js";
import { ByteReader } from "../../../host/session/bytes.js";
import { crc32, packContainer, unpackContainer } from "../../../host/session/container.js";
import { diffSnapshots } from "../../../host/session/diff-snapshots.js";
import { decodeSession, encodeSession, type Session } from "../../../host/session/session-file.js";
import {
  decodeSnapshot,
  encodeSnapshot,
  type SnapshotFile,
} from "../../../host/session/snapshot-file.js";
import { draws, printedSeed } from "../../support/seeded.js";

const VERSIONS = { stateVersion: 3, timingVersion: 4 };
const seed = printedSeed("session files");

describe("the container", () => {
  test("its checksum is CRC-32: the check value of 123456789 is cbf43926", () => {
    expect(crc32(new TextEncoder().encode("123456789")).toString(16)).toBe("cbf43926");
  });

  test("sections come back in order, with their bytes", () => {
    const sections = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-z.0-9]{1,30}$/), fc.uint8Array({ maxLength: 300 })),
      { maxLength: 6, selector: ([name]) => name },
    );
    const check = (rows: [string, Uint8Array][]) => {
      const back = unpackContainer("SESS", packContainer("SESS", new Map(rows)), "f");
      expect([...back].map(([name, bytes]) => [name, [...bytes]])).toEqual(
        rows.map(([name, bytes]) => [name, [...bytes]]),
      );
    };
    fc.assert(fc.property(sections, check), { seed, numRuns: 200 });
  });

  test("a file that is cut off anywhere, or has a wrong bit anywhere, is refused", () => {
    const sections = new Map([
      ["a", new Uint8Array(500).fill(7)],
      ["bc", Uint8Array.of(1, 2, 3)],
    ]);
    const file = packContainer("SNAP", sections);
    for (let at = 0; at < file.length; at++) {
      expect(() => unpackContainer("SNAP", file.subarray(0, at), "f")).toThrow(/^E150 f: /);
      for (let bit = 0; bit < 8; bit++) {
        const wrong = file.slice();
        wrong[at]! ^= 1 << bit;
        expect(() => unpackContainer("SNAP", wrong, "f")).toThrow(/^E150 f: /);
      }
    }
  });

  test("a file with a right checksum and wild contents is refused or read, never crashes", () => {
    const draw = draws(seed);
    const file = packContainer("SESS", new Map([["meta.json", new Uint8Array(60).fill(32)]]));
    for (let n = 0; n < 5000; n++) {
      const wild = file.slice(0, 24 + draw.below(file.length - 23));
      for (let hits = 1 + draw.below(4); hits > 0; hits--) {
        wild[20 + draw.below(wild.length - 20)] = draw.word();
      }
      new DataView(wild.buffer).setUint32(16, crc32(wild.subarray(20)), true);
      try {
        unpackContainer("SESS", wild, "f");
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });
});

test("varints hold every u64", () => {
  const check = (values: bigint[]) => {
    const writer = new ByteWriter();
    for (const value of values) writer.varint(value);
    const reader = new ByteReader(writer.finish());
    expect(values.map(() => reader.varint())).toEqual(values);
    expect(reader.atEnd).toBe(true);
  };
  const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  fc.assert(fc.property(fc.array(u64), check), { seed, numRuns: 300 });
});

const SESSION: Session = {
  ...VERSIONS,
  tool: "0.1.0",
  machine: { name: "m", hash: "0".repeat(32), file: "m.json", text: "{}" },
  firmware: [{ node: "a", file: "a.elf", bytes: Uint8Array.of(1, 2, 3) }],
  seed: (1n << 64n) - 1n,
  command: ["run", "m"],
  driver: "paced",
  faults: ["kill@t=1ms:a"],
  start: Uint8Array.of(9),
  uarts: ["a.uart0", "b.uart0"],
  inputs: [{ time_ps: 5n, uart: "b.uart0", kind: "bytes", bytes: Uint8Array.of(65) }],
  outputs: [
    { time_ps: 7n, uart: "a.uart0", character: 255 },
    { time_ps: 7n, uart: "b.uart0", character: 256 },
  ],
  digests: [{ time_ps: 6n, digest: "00112233445566778899aabbccddeeff" }],
  end: { time_ps: 1n << 60n, digest: "f".repeat(32), outcome: "done", halted: false },
};

describe("session files", () => {
  test("hold everything of a session", () => {
    expect(decodeSession(encodeSession(SESSION), "f", VERSIONS)).toEqual(SESSION);
    const none = { ...SESSION, start: null, firmware: [], inputs: [], outputs: [], digests: [] };
    expect(decodeSession(encodeSession(none), "f", VERSIONS)).toEqual(none);
  });

  test("of another version are refused with both versions named", () => {
    const bytes = encodeSession(SESSION);
    expect(() => decodeSession(bytes, "f", { stateVersion: 3, timingVersion: 5 })).toThrow(
      /^E151 f: .*hotspare 0\.1\.0 with state version 3, timing version 4; this one has state version 3, timing version 5\nhint: .*CHANGELOG/,
    );
  });
});

function snapshotFile(bytes: Uint8Array, now_ps = 10n): SnapshotFile {
  return {
    tool: "0.1.0",
    machine: "m",
    firmware: [{ node: "a", sha256: "ab" }],
    names: {
      memories: [
        {
          name: "a.ram",
          hart: 0,
          kind: "ram",
          address: 0x0040_1000,
          guestBase: 0x8000_0000,
          aliasBases: [],
          size: 0x2000,
        },
      ],
      units: [
        { index: 0, name: "a", kind: 1, hart: 0, domain: 0, block: 0x0040_0200, blockBytes: 0x100 },
      ],
      symbols: [{ node: "a", symbols: [{ name: "counter", address: 0x8000_0010, size: 8 }] }],
    },
    snapshot: {
      ...VERSIONS,
      machineHash: "1".repeat(32),
      now_ps,
      stateBytes: 0x3000,
      digest: "2".repeat(32),
      pages: [0, 1].map((index) => ({
        index,
        low: 5n,
        high: (1n << 64n) - 1n,
        bytes: bytes.slice(index * 4096, (index + 1) * 4096),
      })),
    },
  };
}

describe("snapshot files", () => {
  const plain = new Uint8Array(8192).fill(1);
  const changed = (offset: number) => {
    const bytes = plain.slice();
    bytes[offset]! ^= 0xff;
    return bytes;
  };

  test("hold everything of a snapshot", () => {
    const file = snapshotFile(plain);
    expect(decodeSnapshot(encodeSnapshot(file), "f", VERSIONS)).toEqual(file);
  });

  test.each([
    ["a variable", 4096 + 0x14, "a.ram 0x80000014 (counter+0x4)"],
    ["memory without a symbol", 4096 + 0x20, "a.ram 0x80000020"],
    ["a unit's block", 0x204, "a +0x4"],
    ["the tables", 0x100, "header and tables of the machine"],
  ])("a difference in %s is named", (_, offset, place) => {
    const difference = diffSnapshots(snapshotFile(plain), snapshotFile(changed(offset)));
    expect(difference).toMatchObject({ about: [], pages: 1, first: [{ place }] });
  });

  test("an absent page counts as zeros, and equal ones as equal", () => {
    const whole = snapshotFile(new Uint8Array(8192));
    const sparse = { ...whole, snapshot: { ...whole.snapshot, pages: [] } };
    expect(diffSnapshots(whole, sparse)).toBeNull();
    expect(diffSnapshots(whole, snapshotFile(new Uint8Array(8192), 11n))).toMatchObject({
      about: ["time 10 ps / 11 ps"],
      pages: 0,
    });
  });
});
