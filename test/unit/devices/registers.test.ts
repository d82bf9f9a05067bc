import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as blocks from "../../../assembly/kernel/blocks.js";
import * as layout from "../../../assembly/kernel/layout.js";
import { devices, parseDevice, stale } from "../../../scripts/registers.mjs";
import { Bench, instance, setLine } from "../../support/device-bench.js";
import { VARIANTS } from "../../support/entry-build.js";

const TABLES = devices();
const NAMES = TABLES.map((device) => device.name.toLowerCase());
/** The control page of a tile is no device of its own: the fabric's tests read and write it. */
const DEVICES = NAMES.filter((name) => name !== "exchange");

test("registers: the generated headers and the page are those of the tables", () => {
  expect(stale()).toEqual([]);
  const output = execFileSync(process.execPath, ["scripts/registers.mjs", "--check"]);
  expect(output.toString()).toBe("");
});

test("registers: a row that is no row of a table is an error, not a gap", () => {
  const text =
    "/**\n * X.\n *\n *   offset  name  access  reset  meaning\n *   0x0 CTRL RX 0 x\n */";
  expect(() => parseDevice("x.ts", text)).toThrow(/not a row/);
});

test("registers: names are unique, fields do not overlap and fit", () => {
  for (const device of TABLES) {
    const names = device.registers.map((register) => register.name);
    expect(new Set(names).size, device.name).toBe(names.length);
    for (const register of device.registers) {
      let used = 0n;
      for (const { high, low, name } of register.fields) {
        expect(high, `${register.name}.${name}`).toBeGreaterThanOrEqual(low);
        expect(high).toBeLessThan(device.bits);
        const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
        expect(used & mask, `${register.name}.${name} overlaps`).toBe(0n);
        used |= mask;
      }
    }
  }
});

/** Whether a device's code lies in `file`: uart-line.ts is the UART's. */
function fileOf(name: string, file: string): boolean {
  return file.replaceAll("-", "_").startsWith(name.toLowerCase());
}

/** What the table calls `name`: the offset of a register, the mask of a field, a value. */
function tableValues(file: string): Map<string, number> {
  const device = TABLES.find((each) => fileOf(each.name, file));
  const values = new Map<string, number>();
  for (const register of device?.registers ?? []) {
    values.set(register.name, register.offset);
    for (const value of register.values) values.set(`${register.name}_${value.name}`, value.value);
    for (const { name, high, low, values: named } of register.fields) {
      values.set(`${register.name}_${name}`, 2 ** (high + 1) - 2 ** low);
      for (const value of named) values.set(`${register.name}_${name}_${value.name}`, value.value);
    }
  }
  return values;
}

test("registers: constants in the code have the values of the table", () => {
  let compared = 0;
  for (const file of readdirSync("assembly/devices")) {
    const values = tableValues(file);
    const text = readFileSync(`assembly/devices/${file}`, "utf8");
    for (const [, name = "", value = ""] of text.matchAll(/const (\w+):\s*u32 = ([^;]+);/g)) {
      const want = values.get(name);
      if (want === undefined) continue;
      const [left = "", shift = "0"] = value.replaceAll("_", "").split("<<");
      expect(Number(left) * 2 ** Number(shift), `${file}: ${name}`).toBe(want);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(60);
});

test.each(DEVICES)("%s: after reset every register has the value of its table", (name) => {
  const bench = new Bench("checked", name);
  for (const register of TABLES[NAMES.indexOf(name)]!.registers) {
    if (register.reset === null || register.access === "WO") continue;
    if (name === "uart") bench.write(3, 1, /^DL/.test(register.name) ? 0x80 : 0);
    expect(bench.peek(register.offset), register.name).toBe(register.reset);
    expect(bench.read(register.offset, TABLES[NAMES.indexOf(name)]!.bits / 8)).toBe(register.reset);
  }
});

/** Offsets to try: all small ones, and around every register. */
function offsets(name: string): number[] {
  const near = TABLES[NAMES.indexOf(name)]!.registers.flatMap(({ offset }) =>
    [-4, -1, 0, 1, 2, 3, 4].map((step) => offset + step),
  );
  return [...new Set([...Array(0x40).keys(), ...near, 0x1000, 0xffff])].filter((o) => o >= 0);
}

test.each(DEVICES)("%s: what the table does not allow is a bus error without effect", (name) => {
  const device = TABLES[NAMES.indexOf(name)]!;
  const width = device.bits / 8;
  for (const variant of VARIANTS) {
    const bench = new Bench(variant, name);
    for (const offset of offsets(name)) {
      const access = device.registers.filter((r) => r.offset === offset).map((r) => r.access);
      const readable = access.some((mode) => mode !== "WO");
      const writable = access.some((mode) => mode !== "RO");
      const place = `${variant} 0x${offset.toString(16)}`;
      for (const w of [1, 2, 4]) {
        const before = bench.bytes;
        if (w !== width || !readable) expect(bench.read(offset, w), `${place} read`).toBeNull();
        if (w !== width || !writable) {
          expect(bench.write(offset, w, 0xffff_ffff), `${place} write`).toBe(false);
        }
        expect(Buffer.compare(before, bench.bytes), place).toBe(0);
      }
      if (readable) expect(bench.read(offset, width), place).not.toBeNull();
      expect(bench.peek(offset) === null, `${place} peek`).toBe(!readable);
    }
  }
});

test("UART: what is in the registers shows in the block, where the host looks", () => {
  const bench = new Bench("release", "uart");
  setLine(bench, "7E2", 0x1234);
  bench.write(4, 1, 0x0b);
  bench.push(Uint8Array.of(1, 2, 3));
  expect(bench.view.getUint32(blocks.UART_LCR, true)).toBe(0x1e);
  expect(bench.view.getUint32(blocks.UART_DIVISOR, true)).toBe(0x1234);
  expect(bench.view.getUint32(blocks.UART_MCR, true)).toBe(0x0b);
  expect(bench.view.getUint32(blocks.UART_QUEUE_COUNT, true)).toBe(3);
  setLine(bench, "8N1", 1);
  bench.run(bench.due);
  expect(bench.view.getUint32(blocks.UART_RX_TOTAL, true)).toBe(1);
  expect(bench.view.getUint32(blocks.UART_RX_LAST, true)).toBe(1);
});

test("blocks: offsets that others read are those of the classes", () => {
  const rows: [string, number][] = [
    ["HEAD_BYTES", layout.HEAD_BYTES],
    ["HEAD_DUE", layout.HEAD_DUE],
    ["HEAD_OUTPUTS", layout.HEAD_OUTPUTS],
    ["HEAD_INPUTS", layout.HEAD_INPUTS],
    ["HEAD_DOORBELL", layout.HEAD_DOORBELL],
    ["HEAD_DOORBELL_VALUE", layout.HEAD_DOORBELL_VALUE],
    ["UART_LCR", blocks.UART_LCR],
    ["UART_MCR", blocks.UART_MCR],
    ["UART_DIVISOR", blocks.UART_DIVISOR],
    ["UART_RX_TOTAL", blocks.UART_RX_TOTAL],
    ["UART_RX_LAST", blocks.UART_RX_LAST],
    ["UART_QUEUE_COUNT", blocks.UART_QUEUE_COUNT],
    ["UART_FRAME_START", blocks.UART_FRAME_START],
    ["UART_FRAME_BIT_TIME", blocks.UART_FRAME_BIT_TIME],
    ["UART_FRAME_PATTERN", blocks.UART_FRAME_PATTERN],
    ["UART_FRAME_BITS", blocks.UART_FRAME_BITS],
    ["STATUS_RESET_CAUSE", blocks.STATUS_RESET_CAUSE],
    ["ARBITER_NEXT_FREE", blocks.ARBITER_NEXT_FREE],
    ["ARBITER_LATENCY", blocks.ARBITER_LATENCY],
    ["ARBITER_GRANTS", blocks.ARBITER_GRANTS],
    ["ARBITER_CONFLICTS", blocks.ARBITER_CONFLICTS],
    ["GPIO_OUT", blocks.GPIO_OUT],
    ["HEAD_SEEN", layout.HEAD_SEEN],
  ];
  const { layoutOf } = instance("release").exports;
  rows.forEach(([name, value], row) => {
    expect(layoutOf!(row), name).toBe(value);
  });
});

test("blocks: every class fits its stride, which is a multiple of 16 and no power of two", () => {
  const strides = [
    blocks.BLOCK_BYTES_ARBITER,
    blocks.BLOCK_BYTES_UART,
    blocks.BLOCK_BYTES_CLINT,
    blocks.BLOCK_BYTES_INTERRUPTS,
    blocks.BLOCK_BYTES_GPIO,
    blocks.BLOCK_BYTES_WATCHDOG,
    blocks.BLOCK_BYTES_STATUS,
    blocks.BLOCK_BYTES_PWM,
    blocks.BLOCK_BYTES_ADC,
    blocks.BLOCK_BYTES_VOLTAGE_MONITOR,
    blocks.BLOCK_BYTES_KCS,
    blocks.BLOCK_BYTES_PECI,
    blocks.BLOCK_BYTES_PACKAGE,
    blocks.BLOCK_BYTES_SENSORS,
    blocks.BLOCK_BYTES_NVM,
    blocks.BLOCK_BYTES_POWER,
    blocks.BLOCK_BYTES_FANS,
    blocks.BLOCK_BYTES_CLOCK_MONITOR,
    blocks.BLOCK_BYTES_CLOCK_SWITCH,
    blocks.BLOCK_BYTES_LOCKSTEP,
    blocks.BLOCK_BYTES_PLANT,
  ];
  const { sizeOf } = instance("release").exports;
  strides.forEach((stride, row) => {
    expect(sizeOf!(row)).toBeLessThanOrEqual(stride);
    expect(sizeOf!(row)).toBeGreaterThan(stride - 48);
    expect(stride % 16).toBe(0);
    expect(stride & (stride - 1)).not.toBe(0);
  });
});
