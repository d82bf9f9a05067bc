/** Scenarios: verdicts, mistakes, and runs that go on from a checkpoint. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  CampaignRunner,
  plannedRun,
  sweepRuns,
  sweepTimes,
} from "../../../host/campaign/campaign.js";
import { parseFault } from "../../../host/campaign/fault.js";
import { mix } from "../../../host/campaign/mix.js";
import { countClasses, junitXml, summaryText } from "../../../host/campaign/report.js";
import { campaignHtml } from "../../../host/campaign/report-html.js";
import { parseScenario, type Scenario } from "../../../host/campaign/scenario.js";
import { ScenarioRun } from "../../../host/campaign/scenario-run.js";
import { machineNamer } from "../../../host/trace/namer.js";
import { MODEL_NAMES, modelMachine } from "../../support/models.js";

const MODELS = fileURLToPath(new URL("../../../firmware-models", import.meta.url));
const PLACE = { argument: "--inject" } as const;

function scenarioOf(model: string, name: string): Scenario {
  const file = join(MODELS, model, "scenarios", `${name}.json`);
  return parseScenario(readFileSync(file, "utf8"), file);
}

async function runner(model: string, scenario: Scenario) {
  const machine = await modelMachine(model);
  return new ScenarioRun(scenario, machine, machineNamer(machine, []));
}

/** A scenario of console-board with these expectations. */
function small(...expectations: object[]): Scenario {
  const text = JSON.stringify({ summary: "s", for: "20ms", expect: expectations });
  return parseScenario(text, "s.json");
}

const names = MODEL_NAMES.flatMap((model) =>
  readdirSync(join(MODELS, model, "scenarios")).map((file) => [model, file.replace(".json", "")]),
);

describe("scenarios of the models", () => {
  test.each(names)("%s/%s holds without the faults of its sweep", async (model, name) => {
    const run = await runner(model!, scenarioOf(model!, name!));
    const result = run.run();
    expect(result.expectations.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.faults.every(({ fired }) => fired)).toBe(true);
    expect(result.hang).toBe(false);
  });

  test("docs/scenarios.md: the worked example holds", async () => {
    const page = readFileSync(new URL("../../../docs/scenarios.md", import.meta.url), "utf8");
    const text = /```jsonc\n(.*?)```/s.exec(page)![1]!;
    const run = await runner("console-board", parseScenario(text, "docs/scenarios.md"));
    const result = run.run();
    expect(result.expectations.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.faults).toMatchObject([{ fired: true, time_ps: "50000000000" }]);
  });
});

describe("expectations", () => {
  test.each([
    [{ event: "uart:board.uart0:> " }, true],
    [{ event: "uart:board.uart0:no such text" }, false],
    [{ event: "uart:board.uart0:> ", count: 0 }, false],
    [{ event: "uart:board.uart0:> ", count: { min: 1, max: 1 } }, true],
    [{ event: "uart:board.uart0:> ", before: "1us" }, false],
    [{ event: "uart:board.uart0:> ", after: "19ms" }, false],
    [{ never: "trace:board.trap" }, true],
    [{ never: "trace:board.sleep" }, false],
    [{ never: "trace:board.sleep", before: "1us" }, true],
    [{ between: ["trace:board.wake", "trace:board.sleep"], at_most: "1ms" }, true],
    [{ between: ["trace:board.wake", "trace:board.sleep"], at_most: "1ns" }, false],
    [{ between: ["trace:board.wake", "trace:board.sleep"], at_least: "1ms" }, false],
    [{ between: ["trace:board.trap", "trace:board.sleep"] }, false],
    [{ memory: "board.ram/0", min: 0 }, true],
    [{ memory: "board/0x8000_0000", mask: 0, equals: "0x1" }, false],
    [{ wire: "board.gpio.out0", level: 0, at: "1us" }, true],
    [{ wire: "board.gpio.out0", level: 1 }, false],
    [{ state: "board", is: "asleep" }, true],
    [{ state: "board", is: "asleep", at: "0ps" }, false],
    [{ halt: "none" }, true],
    [{ halt: "power" }, false],
    [{ output: "board.uart0", matches: "> $" }, true],
    [{ output: "board.uart1", equals: "x" }, false],
  ])("%j: %s", async (expectation, ok) => {
    const run = await runner("console-board", small(expectation));
    const { expectations } = run.run();
    expect(expectations).toMatchObject([{ ok }]);
    expect(expectations[0]!.detail === null).toBe(ok);
  });

  test.each([
    ['{ "summary": "s", "for": "1ms", "expect": [] }', "E121"],
    ['{ "summary": "s", "for": "1ms", "expect": [{}] }', "E123"],
    ['{ "summary": "s", "for": "1ms", "expect": [{ "event": "x", "never": "y" }] }', "E123"],
    ['{ "summary": "s", "for": "1ms", "expect": [{ "event": "x", "level": 1 }] }', "E123"],
    ['{ "summary": "s", "for": "1ms", "expects": [] }', "E121"],
    ['{ "summary": "s", "for": "1ms", "stimuli": [{}], "expect": [{ "halt": "none" }] }', "E123"],
  ])("%s is refused", (text, code) => {
    expect(() => parseScenario(text, "s.json")).toThrow(new RegExp(`^${code} s\\.json:1: `));
  });

  test.each([
    [{ event: "nonsense" }],
    [{ event: "uart:board.uart9:x" }],
    [{ event: "trace:board.nothing" }],
    [{ memory: "board/nothing", equals: 1 }],
    [{ memory: "board.ram/0" }],
    [{ wire: "board.gpio.out99" }],
    [{ state: "bored" }],
    [{ output: "board.uart0" }],
    [{ output: "board.uart0", matches: "(" }],
    [{ check: "nothing" }],
    [{ check: "balance", with: {} }],
    [{ memory: "board.ram/0", equals: 1, at: "1s" }],
  ])("%j does not fit the machine", async (expectation) => {
    const scenario = small(expectation);
    const machine = await modelMachine("console-board");
    const make = () => new ScenarioRun(scenario, machine, machineNamer(machine, []));
    expect(make).toThrow(/^E123 s\.json:1: /);
  });
});

describe("campaigns", () => {
  const faults = [
    parseFault("hang:board", PLACE),
    parseFault("corrupt:board.uart0.tx:rate=0.5,for=2ms", PLACE),
    parseFault("reset@pc=board/main:board", PLACE),
  ];
  const sweep = { faults, times: sweepTimes(0n, 60n * 10n ** 9n, 15n * 10n ** 9n), seed: 7n };
  const setup = { sweep, command: "hotspare run console-board --scenario watchdog" };

  test("a run depends on the plan and its number alone", () => {
    expect(sweepRuns(sweep)).toBe(9);
    expect(plannedRun(sweep, 2)).toMatchObject({ site: "hang:board", time_ps: 30n * 10n ** 9n });
    expect(plannedRun(sweep, 5).fault.values.get("seed")).toBe(mix(7n, 5).toString());
    expect(plannedRun(sweep, 8)).toMatchObject({ time_ps: null, site: faults[2]!.id });
  });

  test("each run ends in the state of a whole run with its fault", async () => {
    const scenario = scenarioOf("console-board", "watchdog");
    const machine = await modelMachine("console-board");
    const campaign = new CampaignRunner({ scenario, ...setup }, machine, machineNamer(machine, []));
    const rows = [8, 3, 5, 0, 6, 4].map((index) => campaign.run(index).row);
    for (const row of rows) {
      const whole = await runner("console-board", scenario);
      const { fault } = plannedRun(sweep, row.run);
      const result = whole.run([fault]);
      expect(result.digest, row.replay).toBe(row.digest);
      expect(result.faults[0]!.time_ps, row.replay).toBe(row.fired_ps);
      expect(row.replay).toContain(`--inject '${row.fault}'`);
    }
    const classes = new Map(rows.map((row) => [row.run, row.class]));
    expect(classes.get(3)).toBe("recovered");
    expect(classes.get(0), "before the watchdog is on").toBe("violation");
    const unfired = rows.filter(({ strikes }) => strikes === 0);
    expect(countClasses(rows).invalid, "a silent line is not disturbed").toBe(unfired.length);
    expect(summaryText("c", rows)).toContain("hang:board");
    expect(junitXml("c", rows)).toContain(`tests="6" failures="${1 + unfired.length}"`);
    const page = campaignHtml("c", "a summary", rows);
    for (const { replay } of rows)
      expect(page).toContain(replay.replaceAll("'", "&apos;").slice(0, 40));
    expect(page.match(/<rect/g)!.length).toBe(rows.length);
  });

  test("a fault that does not fire is invalid, never a pass", async () => {
    const scenario = scenarioOf("console-board", "watchdog");
    const machine = await modelMachine("console-board");
    const never = { ...sweep, faults: [parseFault("drop@t=1ms:board.uart1.tx", PLACE)] };
    const namer = machineNamer(machine, []);
    const campaign = new CampaignRunner({ ...setup, scenario, sweep: never }, machine, namer);
    expect(campaign.run(0).row).toMatchObject({ class: "invalid", fired_ps: null, strikes: 0 });
  });

  test("the negative control is found: without its watchdog every hang is a violation", async () => {
    const scenario = scenarioOf("console-board", "watchdog-off");
    const machine = await modelMachine("console-board");
    const times = sweepTimes(40n * 10n ** 9n, 60n * 10n ** 9n, 5n * 10n ** 9n);
    const hangs = { faults: scenario.sweep!.faults, times, seed: 1n };
    const namer = machineNamer(machine, []);
    const campaign = new CampaignRunner({ ...setup, scenario, sweep: hangs }, machine, namer);
    const rows = times.map((_, index) => campaign.run(index).row);
    expect(rows.map((row) => row.class)).toEqual(times.map(() => "violation"));
  });
});
