/** The management interface lost and found: specs/bmc-backup-link.md, sections 2 and 6, line 3. */
import { beforeAll, describe, expect, test } from "vitest";
import { FaultKind } from "../../../assembly/kernel/abi.js";
import { BackupLink, BREAKS, LINK, NODES } from "../../support/bmc-link.js";
import { PS_PER_MS } from "../../support/bmc-machine.js";
import { SOAK } from "../../support/soak.js";

let link: BackupLink;
beforeAll(async () => {
  link = await BackupLink.booted();
});

/** With IBF stuck at 1 the BMC is kept busy by its interrupt: slow, and for the sweep alone. */
const ROWS = BREAKS.filter(({ name }) => SOAK || name !== "ibf-stuck 2");

describe.each(ROWS.map((row) => [row.name, row] as const))("KCS broken: %s", (_, row) => {
  test.each(NODES)("%s is degraded after exactly the threshold, quiet before", (node) => {
    link.rewind();
    row.begin(link);
    link.bmc.run_ms(1200); // whatever was under way has ended
    const deadline = link.deadline_ps(node);
    const first = NODES.every((each) => link.deadline_ps(each) >= deadline);
    link.bmc.machine.run(deadline - 2n * PS_PER_MS);
    expect(link.link(node).state, "2 ms before").toBe(LINK.NORMAL);
    if (first) expect(NODES.map((each) => link.peer(each).sent)).toEqual([0, 0]);
    link.bmc.machine.run(deadline + 3n * PS_PER_MS);
    expect(link.link(node).state, "3 ms after").toBe(LINK.DEGRADED);
    row.end(link);
    expect(link.violations()).toEqual([]);
    expect(link.link(node).heals).toBe(1);
  });

  test("each function works in each direction while it is broken", () => {
    link.rewind();
    row.begin(link);
    expect(link.until(LINK.DEGRADED, 5000)).toBe(true);
    for (const what of ["uptime", "status", "log"] as const) {
      link.askBmc(what);
      link.bmc.run_ms(2500);
      const name = what === "log" ? "log" : "service";
      expect(link.bmc.console().split("> ").at(-2), what).toContain(`backup: ${name} done`);
    }
    const answered = (fn: number) => [...link.bmc.request(0x30, 7, fn).data];
    const [service, log] = [3, 4];
    expect(link.askHost(service, 1)).toBe(true);
    link.bmc.run_ms(1000);
    expect(answered(service)).toEqual([2, expect.any(Number), 0, 0, 0]); // uptime, 4 bytes
    expect(link.askHost(service, 3, 77)).toBe(true);
    link.bmc.run_ms(1000);
    expect(answered(service).slice(0, 2)).toEqual([2, 77]);
    expect(link.askHost(log, 0, 0, 0xff)).toBe(true);
    link.bmc.run_ms(2500);
    expect(answered(log)[0]).toBeLessThan(0x83);
    row.end(link);
    expect(link.violations()).toEqual([]);
  });

  test("an interruption below the threshold starts nothing", () => {
    link.rewind();
    row.begin(link);
    link.bmc.run_ms(700);
    row.end(link);
    link.bmc.run_ms(4000);
    for (const node of NODES) {
      expect(link.link(node), node).toMatchObject({ state: LINK.NORMAL, losses: 0 });
      expect(link.peer(node).sent, node).toBe(0);
    }
  });
});

test("OBF stuck at 1 does not break the link: the host's driver waits for more than that", () => {
  link.rewind();
  link.bmc.fault("kcs", "kcs", "obf-stuck", 2);
  link.bmc.run_ms(6000);
  expect(NODES.map((node) => link.link(node).state)).toEqual([LINK.NORMAL, LINK.NORMAL]);
  link.bmc.fault("kcs", "kcs", "obf-stuck", 0);
  expect(link.violations()).toEqual([]);
});

describe("both links broken", () => {
  const breakBoth = () => {
    link.rewind();
    link.bmc.fault("kcs", "kcs", "bus-stuck", 1);
    link.bmc.fault("peci", "peci", "stuck", 1);
    expect(link.until(LINK.DEGRADED, 5000)).toBe(true);
    link.bmc.run_ms(3000);
  };
  const MGMT_LINK = 18;
  const BACKUP_LINK = 19;

  test("it is reported, and the BMC serves its serial line", () => {
    breakBoth();
    expect(link.bmc.sensor(MGMT_LINK).states & 2).toBe(2); // unavailable
    expect(link.bmc.sensor(BACKUP_LINK).states & 0x10).toBe(0x10); // off line
    expect(link.bmc.request(6, 1).took_ps).toBeLessThan(30n * PS_PER_MS);
    const sleeping = link.bmc.machine.now();
    link.bmc.run_ms(5000);
    expect(link.bmc.machine.now() - sleeping).toBe(5000n * PS_PER_MS);
  });

  test("when PECI heals first the backup works; then KCS", () => {
    breakBoth();
    link.askBmc("uptime");
    link.bmc.run_ms(500);
    link.bmc.fault("peci", "peci", "stuck", 0);
    link.bmc.run_ms(4000);
    expect(link.bmc.console()).toContain("backup: service done");
    expect(link.bmc.sensor(BACKUP_LINK).states & 0x10).toBe(0);
    link.bmc.fault("kcs", "kcs", "bus-stuck", 0);
    expect(link.violations()).toEqual([]);
  });

  test("when KCS heals first the link is normal while PECI is still broken", () => {
    breakBoth();
    link.bmc.fault("kcs", "kcs", "bus-stuck", 0);
    expect(link.until(LINK.NORMAL, 8000)).toBe(true);
    link.bmc.fault("peci", "peci", "stuck", 0);
    expect(link.violations()).toEqual([]);
    expect(link.bmc.sensor(1).raw).toBeGreaterThan(20); // CPU temperature
  });
});

describe("nodes that fail", () => {
  test.each([
    ["reset", FaultKind.RESET, null],
    ["killed and revived", FaultKind.KILL, FaultKind.REVIVE],
    ["without power", FaultKind.POWER_OFF, FaultKind.POWER_ON],
  ] as const)(
    "a BMC that is %s in mid-command leaves the host on and comes back",
    (_, bad, good) => {
      link.rewind();
      link.bmc.tryRequest(1, 0x0a, 0x10, 0); // FRU area info: under way, never answered
      link.node(bad, "bmc");
      link.bmc.run_ms(700);
      if (good !== null) link.node(good, "bmc");
      link.bmc.run_ms(3000);
      expect(link.bmc.request(0, 1).data[0]! & 1).toBe(1); // power is on
      expect(link.until(LINK.NORMAL, 8000)).toBe(true);
      expect(link.bmc.request(6, 4).data[0]).toBe(0x55); // self test passed
    },
  );
});
