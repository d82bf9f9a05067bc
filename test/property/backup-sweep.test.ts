/**
 * Faults of the board at many times: no request of the backup link is lost or done twice, both
 * sides find each other again. HOTSPARE_SOAK=1 makes the runs of specs/bmc-backup-link.md, 6.
 */
import { expect, test } from "vitest";
import { FaultKind } from "../../assembly/kernel/abi.js";
import { BackupLink, BREAKS, LINK, NODES } from "../support/bmc-link.js";
import { PS_PER_MS } from "../support/bmc-machine.js";
import { type Draw, draws, printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const RUNS = SOAK ? 2000 : 24;
const NOISE_RUNS = SOAK ? 300 : 4;
const RESET_RUNS = SOAK ? 300 : 6;
/** One per cent of the bits. */
const NOISE = 10_000;
const SERVICE = 3;

/** A moment within the next `limit_ms`, to the microsecond. */
function wait(link: BackupLink, draw: Draw, limit_ms: number): void {
  const { machine } = link.bmc;
  machine.run(machine.now() + (BigInt(draw.below(limit_ms * 1000)) * PS_PER_MS) / 1000n);
}

/** Some requests from either side, at any time. */
function requests(link: BackupLink, draw: Draw, count: number): void {
  for (let k = 0; k < count; k++) {
    if (draw.oneIn(2)) link.askBmc(draw.pick(["uptime", "status", "log", "retry"]));
    else link.askHost(SERVICE, draw.pick([1, 2]));
    wait(link, draw, 900);
  }
}

test(
  `KCS breaks at ${RUNS} random times, with requests before, while and after`,
  async () => {
    const seed = printedSeed("backup sweep");
    const progress = new Progress("backup sweep", RUNS);
    const link = await BackupLink.booted();
    const found: string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const draw = draws(seed * 100_003 + run);
      progress.step();
      const row = draw.pick(BREAKS);
      if (row.name === "ibf-stuck 2" && !draw.oneIn(SOAK ? 8 : 100)) continue;
      link.rewind();
      wait(link, draw, 1000);
      if (draw.oneIn(3)) requests(link, draw, 1);
      row.begin(link);
      const before = draw.oneIn(3);
      if (before) requests(link, draw, 1);
      if (!link.until(LINK.DEGRADED, 4500)) found.push(`run ${run}: ${row.name}: not degraded`);
      wait(link, draw, 1000);
      requests(link, draw, draw.below(4));
      row.end(link);
      requests(link, draw, draw.below(2));
      found.push(
        ...link.violations().map((what) => `seed ${seed} run ${run}: ${row.name}: ${what}`),
      );
    }
    expect(found).toEqual([]);
  },
  limit_ms(12),
);

test(
  `KCS is lost and 1 % of the bits on PECI are wrong, ${NOISE_RUNS} times`,
  async () => {
    const seed = printedSeed("backup sweep with noise");
    const progress = new Progress("backup sweep with noise", NOISE_RUNS);
    const link = await BackupLink.booted();
    const found: string[] = [];
    for (let run = 0; run < NOISE_RUNS; run++) {
      const draw = draws(seed * 200_003 + run);
      progress.step();
      link.rewind();
      wait(link, draw, 1000);
      link.bmc.fault("peci", "peci", "noise", NOISE);
      link.bmc.fault("kcs", "kcs", "bus-stuck", 1);
      if (!link.until(LINK.DEGRADED, 4500)) found.push(`run ${run}: not degraded`);
      requests(link, draw, 1 + draw.below(4));
      link.bmc.run_ms(3000);
      link.bmc.fault("kcs", "kcs", "bus-stuck", 0);
      if (draw.oneIn(2)) link.bmc.fault("peci", "peci", "noise", 0);
      wait(link, draw, 500);
      if (draw.oneIn(2)) link.bmc.fault("peci", "peci", "noise", 0);
      found.push(...link.violations().map((what) => `seed ${seed} run ${run}: ${what}`));
    }
    expect(found).toEqual([]);
  },
  limit_ms(4),
);

test(
  `the BMC fails at ${RESET_RUNS} random moments of its work, and comes back`,
  async () => {
    const seed = printedSeed("BMC resets");
    const progress = new Progress("BMC resets", RESET_RUNS);
    const link = await BackupLink.booted();
    const found: string[] = [];
    const say = (run: number, what: string) => found.push(`seed ${seed} run ${run}: ${what}`);
    for (let run = 0; run < RESET_RUNS; run++) {
      const draw = draws(seed * 300_007 + run);
      progress.step();
      link.rewind();
      // An entry for the log makes the flash busy; the reset may come in the middle of it.
      const entry = [0, 0, 2, 0, 0, 0, 0, 0x41, 0, 4, 1, run & 0xff, 1, 1, 2, 3];
      if (draw.oneIn(2)) link.bmc.tryRequest(1 + draw.below(6), 0x0a, 0x44, ...entry);
      else wait(link, draw, 1000);
      const bad = draw.pick([FaultKind.RESET, FaultKind.KILL, FaultKind.POWER_OFF]);
      link.node(bad, "bmc");
      wait(link, draw, 1500);
      if (bad === FaultKind.KILL) link.node(FaultKind.REVIVE, "bmc");
      if (bad === FaultKind.POWER_OFF) link.node(FaultKind.POWER_ON, "bmc");
      link.bmc.run_ms(2500);
      const power = link.bmc.tryRequest(1000, 0, 1);
      if (power === null) say(run, "no answer");
      else if ((power.data[0]! & 1) === 0) say(run, "the host is off");
      if (link.bmc.tryRequest(1000, 6, 4)?.data[0] !== 0x55) say(run, "self test failed");
      if (!link.until(LINK.NORMAL, 8000)) say(run, `links ${NODES.map((n) => link.link(n).state)}`);
      for (const each of link.bmc.sel())
        if (each.length !== 16) say(run, "a torn record in the log");
    }
    expect(found).toEqual([]);
  },
  limit_ms(2),
);
