/**
 * Section 5, line 8 of specs/dual-block-mcu.md: the console of either block over a real serial line
 * answers while the other block is killed, comes back, is reset, and loses its clock.
 */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import { endAll, LiveBoard, liveFolder, Operator } from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

/** Control periods of the block that lives, 50 us each, until all of this is over. */
const PERIODS = 24_000;
const faultsOf = (dying: number): string[] => [
  `kill@t=200ms..400ms:block${dying}`,
  `reset@t=600ms:block${dying}`,
  `stop@t=800ms..1s:osc${dying}`,
];
const MODEL = "dual-block-ecu";

describe("the consoles of the blocks", () => {
  test.each([0, 1])("while block %i dies, the other's answers throughout", async (dying) => {
    const living = 1 - dying;
    const path = liveFolder();
    const serial = [0, 1].map((block) => `block${block}.uart0=pty:${path(`block${block}`)}`);
    const faults = faultsOf(dying).flatMap((fault) => ["--inject", fault]);
    const ecu = await LiveBoard.start(path, serial, "--paced", false, MODEL, faults);
    const operator = await Operator.atPort(path(`block${living}`));
    const states = new Set<string>();
    let periods = 0;
    for (let asked = 0; periods < PERIODS; asked++) {
      const status = (await operator.ask("status")).join("\n");
      const [, state = "", count] = new RegExp(`^block ${living} (\\w+) periods (\\d+) `).exec(
        status,
      )!;
      expect(status, `answer ${asked}`).toContain("faults 0");
      expect(Number(count), "it was never reset").toBeGreaterThan(periods);
      periods = Number(count);
      states.add(state);
    }
    expect(states).toEqual(new Set(["pair", "alone"]));
    const back = await Operator.atPort(path(`block${dying}`));
    expect((await back.ask("status"))[0]).toMatch(new RegExp(`^block ${dying} `));
    const result = await ecu.interrupt();
    const fired = (result as unknown as { faults: { fired: boolean }[] }).faults;
    expect(fired.map((fault) => fault.fired)).toEqual(fired.map(() => true));
    expect(fired).toHaveLength(3);
  });
});
