import fc from "fast-check";
import { expect, test } from "vitest";
import { hashWords } from "../../../host/machine/hash.js";
import {
  addressText,
  nearest,
  rangeText,
  rateText,
  readInteger,
  readRate_mhz,
  readSize,
  readTime_ps,
  sizeText,
  timeText,
} from "../../../host/machine/index.js";
import { misaOf } from "../../../host/machine/kinds.js";

test.each([
  ["0", 0n],
  ["0x1000_0000", 0x1000_0000n],
  ["0XfF", 255n],
  ["100_000", 100_000n],
  [12, 12n],
  ["", undefined],
  ["_1", undefined],
  ["1_", undefined],
  ["1__0", undefined],
  ["0x", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  [1.5, undefined],
  [-1, undefined],
  [2 ** 53, undefined],
  ["1".repeat(41), undefined],
])("the integer %j is %s", (text, value) => {
  expect(readInteger(text)).toBe(value);
});

test.each([
  ["128K", 131_072n],
  ["1M", 1_048_576n],
  ["2G", 2n ** 31n],
  ["0x10K", 16_384n],
  [4096, 4096n],
  ["K", undefined],
  ["1T", undefined],
  ["1KK", undefined],
])("the size %j is %s bytes", (text, value) => {
  expect(readSize(text)).toBe(value);
});

test.each([
  ["1us", 1_000_000n],
  ["2.5ns", 2500n],
  ["0.001ns", 1n],
  ["1.0ps", 1n],
  ["3s", 3_000_000_000_000n],
  ["10ms", 10_000_000_000n],
  ["0.5ps", undefined],
  ["1", undefined],
  ["1 us", undefined],
  [".5us", undefined],
  ["1m", undefined],
])("the time %j is %s ps", (text, value) => {
  expect(readTime_ps(text)).toBe(value);
});

test.each([
  ["14_745_600.125", 14_745_600_125n],
  [100, 100_000n],
  ["32768.5", 32_768_500n],
  ["1.0001", undefined],
  ["1e6", undefined],
  [0.5, undefined],
])("the rate %j is %s mHz", (text, value) => {
  expect(readRate_mhz(text)).toBe(value);
});

test("texts of quantities are exact and short", () => {
  expect(addressText(0x80)).toBe("0x0000_0080");
  expect(rangeText(0x4000_0000, 0x1000)).toBe("0x4000_0000..0x4000_0fff");
  expect([131_072, 1 << 20, 5000].map(sizeText)).toEqual(["128K", "1M", "5000"]);
  expect([100_000_000_000n, 14_745_600_000n, 32_768_500n, 1n].map(rateText)).toEqual([
    "100 MHz",
    "14.7456 MHz",
    "32.7685 kHz",
    "0.001 Hz",
  ]);
  expect([1_000_000n, 13_888n, 999n].map(timeText)).toEqual(["1 us", "13.888 ns", "999 ps"]);
});

test("what is written as a size, rate or time is read back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 48n }), (value) => {
      expect(readTime_ps(timeText(value).replace(" ", ""))).toBe(value);
      expect(readSize(sizeText(Number(value)))).toBe(value);
    }),
    { seed: 20261122 },
  );
});

test.each([
  ["sise", "size"],
  ["Base", "base"],
  ["clok", "clock"],
  ["frobnicate", undefined],
])("the key nearest to %s is %s", (word, known) => {
  expect(nearest(word, ["base", "size", "clock", "interrupt"])).toBe(known);
});

test.each([
  ["rv32i", 0x4010_0100],
  ["rv32im", 0x4010_1100],
  ["rv32imc", 0x4010_1104],
  ["rv32imac", 0x4010_1105],
  ["rv32imac_zicsr_zifencei", 0x4010_1105],
  ["rv32e", undefined],
  ["rv32ima_c", undefined],
  ["RV32I", undefined],
  ["rv32icm", undefined],
])("misa of %s", (isa, misa) => {
  expect(misaOf(isa)).toBe(misa);
});

test("the machine hash is MurmurHash3_x86_128: SMHasher's verification value", () => {
  // SMHasher, VerificationTest: hashes of {0}, {0,1}, ... with seeds 256, 255, ...; then of those.
  const all = new Uint8Array(256 * 16);
  const store = (words: readonly number[], at: number): void => {
    const view = new DataView(all.buffer, at, 16);
    for (const [k, word] of words.entries()) view.setInt32(4 * k, word, true);
  };
  const key = Uint8Array.from({ length: 256 }, (_, k) => k);
  for (let k = 0; k < 256; k += 1) store(hashWords(key.subarray(0, k), 256 - k), 16 * k);
  expect(hashWords(all, 0)[0] >>> 0).toBe(0xb3ec_e62a);
});
