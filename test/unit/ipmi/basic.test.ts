import { expect, test } from "vitest";
import { decodeAnswer, encodeRequest, FrameReader } from "../../../host/ipmi/basic.js";
import { draws, printedSeed } from "../../support/seeded.js";

const hex = (bytes: Iterable<number>) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** A client's probes and the answer's escape. Source: specs/bmc-backup-link.md, section 4. */
test.each([
  [0x2c, 0x00, [0x00], 1, "a0 20 b0 30 81 04 00 00 7b a5"],
  [0x2c, 0x00, [0x03], 2, "a0 20 b0 30 81 08 00 03 74 a5"],
])(
  "a request is framed as ipmitool frames it: netFn %i",
  (netFn, command, data, sequence, want) => {
    expect(hex(encodeRequest({ netFn, command, data }, sequence))).toBe(want);
  },
);

test("bytes that mean something in a frame are escaped", () => {
  const frame = encodeRequest({ netFn: 6, command: 1, data: [0xa0, 0xa5, 0xa6, 0xaa, 0x1b] }, 0);
  expect(hex(frame)).toContain("aa b0 aa b5 aa b6 aa ba aa 3b");
  expect([...frame.slice(1, -1)]).not.toContain(0xa0);
  expect([...frame.slice(1, -1)]).not.toContain(0xa5);
});

/** An answer's message, good unless `spoil` changes it. */
function answer(data: readonly number[], spoil = (message: number[]) => message): number[] {
  const head = [0x81, 0x1c];
  const tail = [0x20, 0x04, 0x01, 0x00, ...data];
  const sum = (bytes: number[]) => -bytes.reduce((a, b) => a + b, 0) & 0xff;
  return spoil([...head, sum(head), ...tail, sum(tail)]);
}

test("an answer gives netFn, command, sequence, completion code and data", () => {
  expect(decodeAnswer(answer([1, 2, 3]))).toEqual({
    netFn: 7,
    command: 1,
    sequence: 1,
    completion: 0,
    data: Uint8Array.of(1, 2, 3),
  });
});

test.each([
  ["a wrong first checksum", (m: number[]) => m.with(2, m[2]! ^ 1)],
  ["a wrong second checksum", (m: number[]) => m.with(-1, m.at(-1)! ^ 1)],
  ["another address", (m: number[]) => m.with(0, 0x82)],
  ["too few bytes", (m: number[]) => m.slice(0, 7)],
])("%s is no answer", (_, spoil) => {
  expect(decodeAnswer(answer([9], spoil))).toBeNull();
});

test("frames are found in any stream, whatever lies between them and however it is cut", () => {
  const { below } = draws(printedSeed("IPMI frames"));
  for (let round = 0; round < 300; round++) {
    const requests = Array.from({ length: 3 }, () => ({
      netFn: below(64),
      command: below(256),
      data: Array.from({ length: below(30) }, () => below(256)),
    }));
    const noise = () => Array.from({ length: below(5) }, () => below(0x80));
    const stream = requests.flatMap((each, k) => [...noise(), ...encodeRequest(each, k)]);
    const reader = new FrameReader();
    const found: number[][] = [];
    for (let at = 0; at < stream.length; ) {
      const count = 1 + below(9);
      found.push(...reader.add(Uint8Array.from(stream.slice(at, at + count))));
      at += count;
    }
    expect(found.map((message) => message.slice(6, -1))).toEqual(requests.map(({ data }) => data));
  }
});

test("a frame that never ends, or a wrong escape, is dropped; the next one is found", () => {
  const reader = new FrameReader();
  expect(reader.add(Uint8Array.from([0xa0, ...new Array<number>(5000).fill(1)]))).toEqual([]);
  expect(reader.add(Uint8Array.of(0xa0, 0xaa, 0x00, 0xa5))).toEqual([]);
  expect(reader.add(encodeRequest({ netFn: 6, command: 1, data: [] }, 5))).toHaveLength(1);
});
