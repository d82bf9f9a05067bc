/** The report of a drive says what the trace says. Its looks were judged by eye. */
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind, UnitKind } from "../../../assembly/kernel/abi.js";
import { driveHtml, driveSvg } from "../../../host/pictures/index.js";
import { machine } from "../../../host/testing/index.js";
import { DRIVE_KINDS, type Drive, DriveRecorder } from "../../../host/trace/drive.js";
import { machineNamer } from "../../../host/trace/namer.js";
import { SampleSeries, ShareSeries } from "../../../host/trace/series.js";

const NAMER = {
  unit: (index: number) => ["block0", "<pwm> & more", "motor"][index] ?? "machine",
  clock: () => "osc0",
  disassemble: () => undefined,
  symbol: () => undefined,
};
const MACHINE = {
  name: "bench",
  units: [
    { name: "block0", kind: UnitKind.HART },
    { name: "<pwm> & more", kind: UnitKind.PWM },
    { name: "motor", kind: UnitKind.PLANT },
  ],
  domains: [{ name: "osc0", rate_mhz: 80_000_000_000n }],
};
const US = 1_000_000;

/** Records as [us, unit, kind, a, b, c, d]. */
function drive(end_us: number, rows: readonly number[][]): Drive {
  const recorder = new DriveRecorder(MACHINE, NAMER, 0n);
  const records = rows.map(([at = 0, unit = 0, kind = 0, a = 0, b = 0, c = 0, d = 0]) => {
    return { time_ps: BigInt(at * US), unit, kind, a, b, c, d };
  });
  recorder.add(records);
  return recorder.finish(BigInt(end_us * US));
}

describe("the recorder of a drive", () => {
  test("takes torque, currents and speed from the plant's records", () => {
    const { torque, current, speed } = drive(100, [
      [10, 2, TraceKind.PLANT, 400_000, -100_000, 5000, 300 | (200 << 16)],
      [20, 2, TraceKind.PLANT, 600_000, -300_000, 7000, 500 | (100 << 16)],
    ]);
    expect(torque.map(([bin]) => bin?.mean)).toEqual([500_000, -200_000, 300_000]);
    expect(current.map(([bin]) => bin?.most)).toEqual([5000, 2000]);
    expect(speed[0]?.mean).toBe(6000);
  });

  test("gives the duty as the share for which the high side was on, over bins that it spans", () => {
    const { pwms } = drive(150, [
      [25, 1, TraceKind.PWM_EDGE, 0b01, 0b01],
      [75, 1, TraceKind.PWM_EDGE, 0b00, 0b01],
    ]);
    expect(pwms[0]?.duty.map((bins) => bins.map(({ mean }) => mean))).toEqual([
      [0.5, 0.5, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(pwms[0]?.edges).toBe(2);
  });

  test("gives nodes and clocks their states, also where both have one name", () => {
    const { spans } = drive(100, [
      [20, 0, TraceKind.HOLD, 1],
      [40, 9, TraceKind.CLOCK, 0, 0, 0],
      [60, 0, TraceKind.HOLD, 0],
    ]);
    const texts = spans.map((s) => `${s.unit} ${s.from_ps / US}-${s.to_ps / US} ${s.state}`);
    expect(texts).toEqual([
      "block0 0-20 running",
      "block0 20-60 killed",
      "block0 60-100 running",
      "clock osc0 0-40 80 MHz",
      "clock osc0 40-100 stopped",
    ]);
  });

  test("keeps the edges around the first fault, with the level before them, and no others", () => {
    const rows = Array.from({ length: 400 }, (_, n) => [n * 10, 1, TraceKind.PWM_EDGE, n & 1, 1]);
    rows.splice(201, 0, [2000, 0, TraceKind.FAULT, FaultKind.KILL]);
    const { pwms, window } = drive(4000, rows);
    expect(window).toEqual({ from_ps: 1900 * US, to_ps: 2250 * US });
    const times = pwms[0]!.steps.map(({ time_ps }) => time_ps / US);
    expect(times[0]).toBe(1890);
    expect(times).toHaveLength(36);
    expect(times.at(-1)).toBe(2240);
  });

  test("needs no more memory for a longer drive, and forgets no sample", () => {
    const samples = new SampleSeries();
    const share = new ShareSeries();
    const hour_ps = 3600e12;
    for (let n = 0; n < 100_000; n++) samples.add((n * hour_ps) / 100_000, n === 77_777 ? 9 : 1);
    share.add(0, hour_ps / 2);
    expect(samples.bins().length).toBeLessThanOrEqual(4096);
    expect(Math.max(...samples.bins().map(({ most }) => most))).toBe(9);
    const duty = share.bins(0, hour_ps);
    const on = duty.reduce((sum, bin) => sum + bin.mean * (bin.to_ps - bin.from_ps), 0);
    expect(on / hour_ps).toBeCloseTo(0.5, 6);
  });
});

describe("the picture of a drive", () => {
  test("is well-formed, names hostile units as text, and strokes each fault in each panel", () => {
    const svg = driveSvg(
      drive(1000, [
        [10, 2, TraceKind.PLANT, 400_000, 0, 0, 0],
        [20, 1, TraceKind.PWM_EDGE, 1, 1],
        [500, 0, TraceKind.FAULT, FaultKind.KILL],
      ]),
    );
    expect(svg).not.toContain("<pwm>");
    const { document } = parseHTML(svg);
    expect(document.querySelectorAll("[stroke-dasharray]")).toHaveLength(6);
    expect(svg).toContain("1: kill block0");
  });

  test("of nothing at all is a picture too", () => {
    expect(driveSvg(drive(0, []))).toContain("no fault");
    expect(driveHtml(drive(0, []))).toContain("<h1>bench: a drive</h1>");
  });

  test("shows the machine: torque halves when a block dies, on one page that loads nothing", async () => {
    const ecu = await machine("dual-block-ecu");
    const recorder = new DriveRecorder(ecu.machine.image, machineNamer(ecu.machine, []), 0n);
    ecu.machine.setTrace(DRIVE_KINDS, (records) => recorder.add(records));
    ecu.run({ for: "30ms" });
    ecu.machine.inject(FaultKind.KILL, 0);
    ecu.run({ for: "10ms" });
    const found = recorder.finish(ecu.machine.now());
    const mean = (from: number) =>
      found.torque[2].filter(({ from_ps }) => from_ps >= from).at(-5)!.mean;
    expect(mean(35e9)).toBeGreaterThan(450_000);
    expect(mean(35e9)).toBeLessThan(550_000);
    const before = found.torque[2].filter(({ to_ps }) => to_ps < 30e9).at(-5)!.mean;
    expect(before).toBeGreaterThan(900_000);
    const html = driveHtml(found);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(html).toContain("fault");
  });
});
