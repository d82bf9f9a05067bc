import { describe, expect, test } from "vitest";
import { VARIANTS } from "../../support/entry-build.js";
import { PACKAGE_REGISTERS, PECI, PECI_STATUS, PeciBench } from "../../support/peci-bench.js";
import { draws, printedSeed } from "../../support/seeded.js";

const CLIENT = 0x30;
const GET_TEMP = [0x01];
const POLL = [0xa1, 0, 0x80, 0, 0];
const TEN_BELOW = 0xfd80; // -10 C in 1/64 C

/** CRC-8 as the specification says it, bit by bit: the oracle. */
function crc8(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = ((crc >> 7) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) & 0xff) ^ (out ? 0x07 : 0);
    }
  }
  return crc;
}

/** A bench whose package has power and a sensor that is ready. */
function powered(variant: (typeof VARIANTS)[number], key = 1n): PeciBench {
  const bench = new PeciBench(variant, key);
  bench.wires(1);
  bench.run(30_000n);
  return bench;
}

const hex = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

describe.each(VARIANTS)("PECI (%s build)", (variant) => {
  // Source: specs/bmc-backup-link.md, section 3, "Golden vectors"; Intel's thermal design guides.
  test.each([
    ["Ping", [], 0, false, "30 00 00", "e1"],
    ["GetTemp", [0x01], 2, false, "30 01 02 01", "ef 80 fd 4b"],
    ["GetDIB", [0xf7], 8, false, "30 01 08 f7", "a1 00 30 00 00 00 00 00 00 "],
    ["RdPkgConfig 2", [0xa1, 0, 2, 0xff, 0], 5, false, "30 05 05 a1 00 02 ff 00", "ee 40 80 fd"],
    ["RdIAMSR", [0xb1, 0, 0, 1, 4], 9, false, "30 05 09 b1 00 00 01 04", "3f 40 00"],
    [
      "WrPkgConfig",
      [0xa5, 0, 0x1a, 0, 0, 0x10, 0, 0, 0],
      1,
      true,
      "30 0a 01 a5 00 1a 00 00 10 00 00 00 30",
      "89 40",
    ],
  ])("%s has the golden bytes", (_, block, readLength, aw, request, answer) => {
    const bench = powered(variant);
    bench.fault("package", 2, TEN_BELOW);
    const exchange = bench.send(CLIENT, block, readLength, aw);
    expect(hex(exchange.request)).toBe(request);
    expect(hex(exchange.answer).startsWith(answer)).toBe(true);
    expect(exchange.status).toBe(0);
    const data = exchange.answer.slice(1, 1 + readLength);
    expect(exchange.data).toEqual(data);
    const fcs = bench.readEngine(PECI.FCS);
    expect(fcs & 0xff).toBe(crc8(exchange.request));
    expect((fcs >> 8) & 0xff).toBe(crc8(exchange.request));
    if (readLength > 0) expect(exchange.answer.at(-1)).toBe(crc8(data));
  });

  test("a message takes two timing bits and eight bits a byte, at the slower side's rate", () => {
    const bench = powered(variant);
    bench.writeEngine(PECI.TIMING, 12);
    expect(bench.send(CLIENT, GET_TEMP, 2).cycles).toBe(BigInt(12 * (2 + 8 * 8)));
    bench.writeEngine(PECI.TIMING, 12_000);
    expect(bench.send(CLIENT, [], 0).cycles).toBe(BigInt(12_000 * (2 + 8 * 4)));
    expect(bench.readEngine(PECI.NEGOTIATED)).toBe(12_000);
    for (const [written, read] of [
      [0, 12],
      [13, 12],
      [14, 16],
      [0xffff, 12_000],
    ] as const) {
      bench.writeEngine(PECI.TIMING, written);
      expect(bench.readEngine(PECI.TIMING)).toBe(read);
    }
  });

  test("nobody answers at another address, without power, or while the client is absent", () => {
    const bench = powered(variant);
    expect(bench.send(0x31, GET_TEMP, 2).status).toBe(PECI_STATUS.NO_ANSWER);
    bench.wires(0);
    expect(bench.send(CLIENT, GET_TEMP, 2).status).toBe(PECI_STATUS.NO_ANSWER);
    bench.wires(1);
    expect(bench.send(CLIENT, GET_TEMP, 2).data).toEqual([0x00, 0x80]); // not ready for 1 ms
    bench.run(bench.now + 24_000n);
    expect(bench.send(CLIENT, GET_TEMP, 2).data[1]).not.toBe(0x80);
    bench.fault("package", 0, 1);
    expect(bench.send(CLIENT, [], 0).status).toBe(PECI_STATUS.NO_ANSWER);
    bench.fault("package", 0, 0);
    expect(bench.send(CLIENT, [], 0).status).toBe(0);
    expect(bench.readEngine(PECI.MESSAGES)).toBe(6);
    expect(bench.readEngine(PECI.FAILURES)).toBe(3);
  });

  test.each([
    ["an unknown command", [0x55], 2, false],
    ["GetTemp with a wrong read length", [0x01], 3, false],
    ["RdPkgConfig with a wrong write length", [0xa1, 0, 2, 0], 5, false],
    ["a write without a good AW FCS", [0xa5, 0, 0x1a, 0, 0, 0x10, 0, 0, 0, 0x31], 1, false],
    ["a write block without a command", [], 1, false],
  ])("%s is aborted with the inverted check byte, without effect", (_, block, readLength, aw) => {
    const bench = powered(variant);
    const { status, answer, request } = bench.send(CLIENT, block, readLength, aw);
    expect(status).toBe(PECI_STATUS.ABORTED);
    expect(answer).toEqual([crc8(request) ^ 0xff]);
    expect(bench.readPackage(PACKAGE_REGISTERS.POWER_LIMIT)).toBe(0);
    expect(bench.readPackage(PACKAGE_REGISTERS.REJECTED)).toBe(1);
  });

  test("a line stuck high cannot begin; one stuck low answers nothing", () => {
    const bench = powered(variant);
    bench.fault("peci", 1, 2);
    expect(bench.send(CLIENT, [], 0)).toMatchObject({ status: PECI_STATUS.LINE, cycles: 24n });
    bench.fault("peci", 1, 1);
    expect(bench.send(CLIENT, [], 0).status).toBe(PECI_STATUS.NO_ANSWER);
    bench.fault("peci", 1, 0);
    expect(bench.send(CLIENT, [], 0).status).toBe(0);
    expect(bench.fault("peci", 1, 3)).toBe(false);
    expect(bench.fault("peci", 2, 0)).toBe(false);
  });

  test("START is ignored while the engine is off or busy", () => {
    const bench = powered(variant);
    bench.writeEngine(PECI.CTRL, 0);
    bench.writeEngine(PECI.COMMAND, 1);
    expect(bench.readEngine(PECI.STATUS)).toBe(0);
    bench.writeEngine(PECI.CTRL, 1);
    bench.writeEngine(PECI.HEADER, CLIENT);
    bench.writeEngine(PECI.COMMAND, 1);
    bench.writeEngine(PECI.COMMAND, 1);
    expect(bench.readEngine(PECI.MESSAGES)).toBe(1);
    expect(bench.readEngine(PECI.STATUS)).toBe(PECI_STATUS.BUSY);
  });

  test("the host's message waits for the BMC's poll and is taken only with its own value", () => {
    const bench = powered(variant);
    const { TO_BMC, STATUS, CTRL } = PACKAGE_REGISTERS;
    const take = (...value: number[]) => [0xa5, 0, 0x80, 0, 0, ...value];
    expect(bench.send(CLIENT, POLL, 5).data).toEqual([0x40, 0, 0, 0, 0]);
    expect(bench.send(CLIENT, take(0, 0, 0, 0), 1, true).data).toEqual([0x90]);
    bench.writePackage(CTRL, 2);
    bench.writePackage(TO_BMC, 0x10_00_03_01);
    bench.writePackage(TO_BMC, 0x55); // one is waiting: no effect
    expect(bench.readPackage(STATUS)).toBe(1);
    expect(bench.send(CLIENT, POLL, 5).data).toEqual([0x40, 0x01, 0x03, 0x00, 0x10]);
    expect(bench.send(CLIENT, POLL, 5).data).toEqual([0x40, 0x01, 0x03, 0x00, 0x10]);
    expect(bench.send(CLIENT, take(1, 3, 0, 0), 1, true).data).toEqual([0x90]);
    expect(bench.interrupt).toBe(0);
    expect(bench.send(CLIENT, take(1, 3, 0, 0x10), 1, true).data).toEqual([0x40]);
    expect(bench.readPackage(STATUS)).toBe(4);
    expect(bench.interrupt).toBe(1);
    bench.writePackage(STATUS, 4);
    expect(bench.interrupt).toBe(0);
    expect(bench.send(CLIENT, POLL, 5).data).toEqual([0x40, 0, 0, 0, 0]);
  });

  test("the BMC's message waits for the host, and a second one is told to come again", () => {
    const bench = powered(variant);
    const { FROM_BMC, STATUS, CTRL } = PACKAGE_REGISTERS;
    const give = (first: number) => [0xa5, 0, 0x81, 0, 0, first, 2, 3, 4];
    const full = [0xa1, 0, 0x81, 0, 0];
    bench.writePackage(CTRL, 1);
    expect(bench.send(CLIENT, give(1), 1, true).data).toEqual([0x40]);
    expect(bench.readPackage(FROM_BMC)).toBe(0x04030201);
    expect(bench.interrupt).toBe(1);
    expect(bench.send(CLIENT, full, 2).data).toEqual([0x40, 1]);
    expect(bench.send(CLIENT, give(9), 1, true).data).toEqual([0x80]);
    expect(bench.readPackage(FROM_BMC)).toBe(0x04030201);
    bench.writePackage(STATUS, 2);
    expect(bench.send(CLIENT, full, 2).data).toEqual([0x40, 0]);
    expect(bench.send(CLIENT, give(9), 1, true).data).toEqual([0x40]);
    expect(bench.readPackage(FROM_BMC)).toBe(0x04030209);
  });

  test("a retried write is answered as before and not applied again", () => {
    const bench = powered(variant);
    const { STATUS, FROM_BMC } = PACKAGE_REGISTERS;
    const give = (retry: number, first: number) => [0xa5, retry, 0x81, 0, 0, first, 0, 0, 0];
    expect(bench.send(CLIENT, give(0, 1), 1, true).data).toEqual([0x40]);
    bench.writePackage(STATUS, 2); // the host has taken it
    expect(bench.send(CLIENT, GET_TEMP, 2).status).toBe(0);
    expect(bench.send(CLIENT, give(1, 1), 1, true).data).toEqual([0x40]);
    expect(bench.readPackage(STATUS)).toBe(0); // not a second time
    expect(bench.send(CLIENT, give(0, 1), 1, true).data).toEqual([0x40]); // a new one
    expect(bench.readPackage(STATUS)).toBe(2);
    expect(bench.send(CLIENT, give(0, 7), 1, true).data).toEqual([0x80]);
    bench.writePackage(STATUS, 2);
    expect(bench.send(CLIENT, give(1, 7), 1, true).data).toEqual([0x40]); // was never applied
    expect(bench.readPackage(FROM_BMC)).toBe(7);
  });

  test("indices, MSRs and PCI configuration words", () => {
    const bench = powered(variant);
    const config = (index: number, size: number) =>
      bench.send(CLIENT, [0xa1, 0, index, 0, 0], 1 + size).data;
    const msr = (address: number) =>
      bench.send(CLIENT, [0xb1, 0, 0, address & 0xff, address >> 8], 9).data;
    expect(config(16, 4)).toEqual([0x40, 0, 0, 100, 0]);
    expect(config(30, 4)).toEqual([0x40, 0x03, 0x10, 0x0a, 0]);
    expect(config(30, 1)).toEqual([0x40, 0x03]);
    expect(config(30, 2)).toEqual([0x40, 0x03, 0x10]);
    expect(config(2, 4)).toEqual([0x90, 0, 0, 0, 0]); // without the parameter 0xff
    expect(config(99, 4)).toEqual([0x90, 0, 0, 0, 0]);
    expect(msr(0x1a2)).toEqual([0x40, 0, 0, 100, 0, 0, 0, 0, 0]);
    expect(msr(0x123)).toEqual([0x90, 0, 0, 0, 0, 0, 0, 0, 0]);
    bench.fault("package", 4, 0x1234);
    expect(msr(0x401)).toEqual([0x40, 0x34, 0x12, 0, 0, 0, 0, 0, 0x80]);
    const clear = [0xb5, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(bench.send(CLIENT, clear, 1, true).data).toEqual([0x40]);
    expect(msr(0x401)).toEqual([0x40, 0, 0, 0, 0, 0, 0, 0, 0]);
    const pci = (at: number, size: number) =>
      bench.send(CLIENT, [0xe1, 0, at & 0xff, at >> 8, at >> 16], 1 + size).data;
    expect(pci(0, 4)).toEqual([0x40, 0xff, 0xff, 0x03, 0x22]);
    expect(bench.send(CLIENT, [0xe5, 0, 0x44, 0, 0, 7, 8], 1, true).data).toEqual([0x40]);
    expect(pci(0x44, 4)).toEqual([0x40, 7, 8, 0, 0]);
    expect(pci(0x8044, 1)).toEqual([0x40, 0xff]); // another device
    expect(pci(0x45, 2)).toEqual([0x90, 0, 0]);
    expect(bench.send(CLIENT, [0xe5, 0, 0, 0, 0, 7], 1, true).data).toEqual([0x90]);
  });

  test("fault sites: a code of the sensor, a completion code for one command", () => {
    const bench = powered(variant);
    bench.fault("package", 1, 0x8003);
    expect(bench.send(CLIENT, GET_TEMP, 2).data).toEqual([0x03, 0x80]);
    bench.fault("package", 1, 0);
    bench.fault("package", 3, 0x81);
    bench.send(CLIENT, GET_TEMP, 2); // has no completion code
    expect(bench.send(CLIENT, POLL, 5).data).toEqual([0x81, 0, 0, 0, 0]);
    expect(bench.send(CLIENT, POLL, 5).data[0]).toBe(0x40);
  });

  test("a reset of the host empties the mailbox, and nothing comes in before it ends", () => {
    const bench = powered(variant);
    bench.writePackage(PACKAGE_REGISTERS.TO_BMC, 5);
    bench.wires(1, 1);
    expect(bench.send(CLIENT, [0xa5, 0, 0x81, 0, 0, 1, 2, 3, 4], 1, true).data).toEqual([0x40]);
    bench.wires(1, 0);
    expect(bench.readPackage(PACKAGE_REGISTERS.STATUS)).toBe(0);
  });
});

test("PECI: at 1 % of bits inverted no wrong data passes for good more than CRC-8 allows", () => {
  const bench = powered("release", 7n);
  bench.fault("package", 2, TEN_BELOW);
  bench.fault("peci", 0, 10_000);
  const outcomes = { good: 0, failed: 0, wrong: 0 };
  for (let k = 0; k < 3000; k++) {
    const { status, data } = bench.send(CLIENT, [0xa1, 0, 30, 0, 0], 5);
    if (status !== 0) outcomes.failed += 1;
    else if (hex(data) === "40 03 10 0a 00") outcomes.good += 1;
    else outcomes.wrong += 1;
  }
  // 8 + 1 + 6 bytes of 8 bits and two timing bits: 0.99^122 = 29 % come through.
  expect(outcomes.good / 3000).toBeGreaterThan(0.24);
  expect(outcomes.good / 3000).toBeLessThan(0.36);
  expect(outcomes.wrong).toBeLessThan(40); // 1 in 256 of the spoiled answers, and 90s
  bench.fault("peci", 0, 0);
  expect(bench.send(CLIENT, [0xa1, 0, 30, 0, 0], 5).status).toBe(0);
});

test("PECI: whatever is sent, the client answers well-formed bytes or nothing", () => {
  const seed = printedSeed("PECI requests");
  const { below } = draws(seed);
  const bench = powered("checked");
  const commands = [0xf7, 0x01, 0xa1, 0xa5, 0xb1, 0xb5, 0xe1, 0xe5];
  for (let round = 0; round < 4000; round++) {
    const address = below(8) === 0 ? below(256) : CLIENT;
    const block = Array.from({ length: below(16) }, () => below(256));
    if (block.length > 0 && below(8) !== 0) block[0] = commands[below(8)]!;
    const readLength = below(17);
    const { answer, request } = bench.send(address, block, readLength, below(2) === 1);
    const what = `seed ${seed} round ${round}: ${hex(request)}`;
    if (address !== CLIENT) expect(answer, what).toEqual([]);
    else if (answer.length === 1 && request.length + readLength > 3) {
      expect(answer, what).toEqual([crc8(request) ^ 0xff]);
    } else {
      expect(answer[0], what).toBe(crc8(request));
      if (readLength > 0) {
        expect(answer.length, what).toBe(readLength + 2);
        expect(answer.at(-1), what).toBe(crc8(answer.slice(1, -1)));
      }
    }
  }
});
