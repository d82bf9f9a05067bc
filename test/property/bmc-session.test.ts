/**
 * A session of tools, resets and faults in free-running machine time: nothing that was confirmed is
 * lost, and the same session ends in the same state. HOTSPARE_SOAK=1: two hours of machine time.
 */
import { expect, test } from "vitest";
import { FaultKind } from "../../assembly/kernel/abi.js";
import { BmcMachine } from "../support/bmc-machine.js";
import { draws, printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const MINUTES = SOAK ? 120 : 1;
const STEP_MS = 10_000;
const STEPS = (MINUTES * 60_000) / STEP_MS;
/** The log is cleared from time to time, as an operator does. */
const LOG_ENTRIES_MOST = 60;
const SENSORS = 20;

/** Adds a record whose data says which one it is; true when the BMC has confirmed it. */
function add(bmc: BmcMachine, number: number): boolean {
  const entry = [0, 0, 2, 0, 0, 0, 0, 0x41, 0, 4, 1, 0xf0, 0x6f, number & 0xff, number >> 8, 0];
  return bmc.tryRequest(1000, 0x0a, 0x44, ...entry)?.completion === 0;
}

/** The numbers of the added records that the log holds. */
function held(bmc: BmcMachine): number[] {
  const own = bmc.sel().filter((record) => record[7] === 0x41);
  return own.map((record) => record[13]! | (record[14]! << 8));
}

function clear(bmc: BmcMachine): void {
  const { data } = bmc.request(0x0a, 0x42);
  bmc.request(0x0a, 0x47, data[0]!, data[1]!, 0x43, 0x4c, 0x52, 0xaa);
  bmc.run_ms(1500);
}

/** Something that happens to boards; what it breaks it heals before it returns. */
function mishap(bmc: BmcMachine, kind: number): void {
  const hart = bmc.machine.harts.indexOf("bmc");
  if (kind === 0) bmc.machine.inject(FaultKind.RESET, hart);
  else if (kind === 1) {
    bmc.machine.inject(FaultKind.POWER_OFF, hart);
    bmc.run_ms(300);
    bmc.machine.inject(FaultKind.POWER_ON, hart);
  } else if (kind === 2) {
    bmc.fault("kcs", "kcs", "bus-stuck", 1);
    bmc.run_ms(3500);
    bmc.fault("kcs", "kcs", "bus-stuck", 0);
  } else if (kind === 3) {
    bmc.fault("peci", "peci", "noise", 10_000);
    bmc.run_ms(2000);
    bmc.fault("peci", "peci", "noise", 0);
  } else if (kind === 4) bmc.request(0, 2, 3); // chassis reset
  bmc.run_ms(2500);
}

/** Runs the session; returns its digest and what went wrong. */
async function session(seed: number, step: () => void) {
  const bmc = await BmcMachine.booted(3000);
  const { below } = draws(seed);
  const wrong: string[] = [];
  let confirmed: number[] = [];
  for (let k = 0; k < STEPS; k++) {
    const end = bmc.machine.now() + BigInt(STEP_MS) * 1_000_000_000n;
    if (add(bmc, k)) confirmed.push(k);
    for (let n = 0; n < 4; n++) bmc.sensor(1 + below(SENSORS));
    mishap(bmc, below(8));
    if (bmc.tryRequest(1000, 6, 1) === null) wrong.push(`step ${k}: no answer`);
    const found = new Set(held(bmc));
    const lost = confirmed.filter((number) => !found.has(number));
    if (lost.length > 0) wrong.push(`step ${k}: lost ${lost.join(" ")}`);
    if (found.size > LOG_ENTRIES_MOST) {
      clear(bmc);
      confirmed = [];
    }
    if (bmc.machine.now() < end) bmc.machine.run(end);
    step();
  }
  return { digest: bmc.machine.digest(), time_ps: bmc.machine.now(), wrong };
}

test(
  `${MINUTES} min of polling, resets and faults, twice: nothing lost, equal digests`,
  async () => {
    const seed = printedSeed("BMC session");
    const progress = new Progress("BMC session", 2 * STEPS);
    const first = await session(seed, () => progress.step());
    expect(first.wrong).toEqual([]);
    expect(await session(seed, () => progress.step())).toEqual(first);
  },
  limit_ms(15),
);
