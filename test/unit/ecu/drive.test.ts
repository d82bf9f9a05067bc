/** The blocks' firmware on the machine: both drive, each goes on alone, foreign firmware runs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import { machine, type TestMachine } from "../../../host/testing/index.js";
import { requireClient } from "../../support/clients.js";

const MARK_PARTNER_FOUND = 0x1001;
const MARK_PARTNER_LOST = 0x1002;
const SET_MNM = 500; // TORQUE_START_MNM of the firmware
const LOW_MV = 2900; // below the warning level of the voltage monitor, above the brown-out
const NOMINAL_MV = 3300;
const README = "firmware-models/dual-block-ecu/README.md";

/** Marks of both blocks from now on, as "unit value". */
function marks(ecu: TestMachine): string[] {
  const found: string[] = [];
  const name = (unit: number) => ecu.machine.image.units[unit]!.name;
  ecu.machine.setTrace([TraceKind.MARK], (records) => {
    for (const { unit, a } of records) found.push(`${name(unit)} ${a.toString(16)}`);
  });
  return found;
}

/** Asks a block's console and waits for the prompt behind the answer. */
function ask(ecu: TestMachine, block: number, command: string, echo = command): string {
  const uart = ecu.uart(`block${block}.uart0`);
  uart.send(`${command}\r`);
  uart.expectText(`${echo}\r\n`);
  return uart.expectText("\r\n> ");
}

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
const torque = (status: string) => number(status, /torque (-?\d+) of/);
const shaft = (status: string) => number(status, /shaft (-?\d+) mNm/);

describe("the control unit's firmware", () => {
  test("both blocks find each other and give their share of the torque", async () => {
    const ecu = await machine("dual-block-ecu");
    const found = marks(ecu);
    ecu.run({ for: "100ms" });
    const mark = MARK_PARTNER_FOUND.toString(16);
    expect(found).toEqual(
      expect.arrayContaining([`block0.status ${mark}`, `block1.status ${mark}`]),
    );
    const status = ask(ecu, 1, "status");
    expect(status).toContain("block 1 pair");
    expect(status).toContain("faults 0");
    expect(Math.abs(torque(status) - SET_MNM)).toBeLessThan(0.03 * SET_MNM);
    expect(Math.abs(shaft(status) - 2 * SET_MNM)).toBeLessThan(0.03 * 2 * SET_MNM);
    expect(number(status, /at most (\d+) cycles/)).toBeLessThan(4000);
  });

  test("when block 0 dies, block 1 says so within 3 periods and keeps its share", async () => {
    const ecu = await machine("dual-block-ecu");
    ecu.run({ for: "100ms" });
    const found = marks(ecu);
    ecu.machine.inject(FaultKind.KILL, 0);
    ecu.run({ for: "250us" });
    expect(found).toContain(`block1.status ${MARK_PARTNER_LOST.toString(16)}`);
    ecu.run({ for: "5ms" });
    const status = ask(ecu, 1, "status");
    expect(status).toContain("block 1 alone");
    expect(Math.abs(torque(status) - SET_MNM)).toBeLessThan(0.03 * SET_MNM);
    expect(Math.abs(shaft(status) - SET_MNM)).toBeLessThan(0.03 * SET_MNM);
  });

  test("a fault before the outputs are on keeps them off", async () => {
    const ecu = await machine("dual-block-ecu");
    const unit = (name: string) => ecu.machine.image.units.findIndex((one) => one.name === name);
    const edges = new Set<number>();
    ecu.machine.setTrace([TraceKind.PWM_EDGE], (records) => {
      for (const record of records) edges.add(record.unit);
    });
    const supply = (level_mv: number) =>
      expect(ecu.machine.inject(FaultKind.DEVICE, unit("supply0"), 0, level_mv)).toBe(true);
    supply(LOW_MV);
    ecu.run({ for: "100us" });
    supply(NOMINAL_MV);
    ecu.run({ for: "20ms" });
    expect(ask(ecu, 0, "fault")).toContain("fault supply");
    expect(edges).toEqual(new Set([unit("block1.pwm")]));
  });

  test("a block back from reset is a partner again", async () => {
    const ecu = await machine("dual-block-ecu");
    ecu.run({ for: "20ms" });
    ecu.machine.inject(FaultKind.RESET, 0);
    ecu.run({ for: "20ms" });
    expect(ask(ecu, 1, "status")).toContain("partner present");
    expect(ask(ecu, 0, "status")).toContain("block 0 pair");
  });

  test("the console sets the torque, names its limits, and survives garbage", async () => {
    const ecu = await machine("dual-block-ecu");
    ecu.uart("block0.uart0").expectText("> ");
    expect(ask(ecu, 0, "torque 9999")).toContain("usage: torque [N]");
    expect(ask(ecu, 0, "torque -300")).toContain("torque -300 mNm");
    ecu.run({ for: "50ms" });
    expect(Math.abs(torque(ask(ecu, 0, "status")) + 300)).toBeLessThan(20);
    expect(ask(ecu, 0, "\x1b[A\x7f\x01\xffnonsense", "nonsense")).toContain(
      "error: unknown command",
    );
    expect(ask(ecu, 0, "fault")).toContain("no fault");
  });
});

const gcc = requireClient("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf");

describe.skipIf(gcc === undefined)("foreign firmware", () => {
  test("the template of the README compiles and runs as block 0", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotspare-block-"));
    const [, source = ""] = /```c\n([\s\S]*?)```/.exec(readFileSync(README, "utf8")) ?? [];
    const [, flags = ""] = /gcc ([\s\S]*?)-o my\.elf/.exec(source) ?? [];
    const args = flags
      .replace(/\\\s*\n\s*\*/g, " ")
      .trim()
      .split(/\s+/);
    writeFileSync(join(folder, "my.c"), source);
    execFileSync(gcc!, [...args, "-o", "my.elf", "my.c"], { cwd: folder });
    const ecu = await machine("dual-block-ecu", { firmware: { block0: join(folder, "my.elf") } });
    ecu.uart("block0.uart0").expectText("block 0 here");
    ecu.run({ for: "10ms" });
    expect(ask(ecu, 1, "status")).toContain("block 1 alone");
    rmSync(folder, { recursive: true });
  });
});
