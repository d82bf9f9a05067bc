/** The real ipmitool at the BMC's serial port: specs/bmc-backup-link.md, section 6, lines 1, 6, 7. */
import { spawn } from "node:child_process";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspareJson } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";
import {
  atEnd,
  awaited,
  endAll,
  expectSameReplay,
  LARGE,
  LiveBoard,
  liveFolder,
  SocatPair,
} from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

const hasIpmitool = requireClient("ipmitool", "ipmitool") !== undefined;
const hasSocat = requireClient("socat", "socat") !== undefined;
const MODEL = "bmc-backup-link";
const IPMI = "bmc.uart0";
const TIMEOUT_MS = 60_000;
/** The BMC answers at once; the host it switches on is up a little later. */
const BOOT_MS = 2500;
const CUT_MS = 1500;
const ROUNDS = LARGE ? 10 : 3;

type Interface = "serial-basic" | "serial-terminal";

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly took_ms: number;
}

function ipmitool(
  port: string,
  words: string,
  kind: Interface = "serial-basic",
  timeout = TIMEOUT_MS,
): Promise<Answer> {
  const begin = performance.now();
  const args = ["-I", kind, "-D", `${port}:115200`, ...words.split(" ")];
  const child = spawn("ipmitool", args, { timeout, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    texts.stdout += data;
  });
  child.stderr.on("data", (data) => {
    texts.stderr += data;
  });
  return new Promise((resolve) => {
    child.on("close", (status) => {
      resolve({ status, ...texts, took_ms: performance.now() - begin });
    });
  });
}

/** Asks and expects a clean answer that holds these words. */
async function asks(
  port: string,
  words: string,
  wanted: readonly (string | RegExp)[],
  kind?: Interface,
): Promise<Answer> {
  const answer = await ipmitool(port, words, kind);
  const all = `${words}: ${answer.stdout}${answer.stderr}`;
  expect(answer.status, all).toBe(0);
  expect(all).not.toMatch(/failed|invalid|error|unable|unknown command/i);
  for (const want of wanted) expect(answer.stdout, words).toMatch(want);
  return answer;
}

async function board(path: (name: string) => string, port: string): Promise<LiveBoard> {
  const live = await LiveBoard.start(path, [`${IPMI}=${port}`], "--paced", true, MODEL);
  await new Promise((resolve) => setTimeout(resolve, BOOT_MS));
  return live;
}

/** What a user does with ipmitool: the words, and what must be in the answer. */
const SESSION: readonly (readonly [words: string, wanted: readonly (string | RegExp)[]])[] = [
  ["mc info", [/Device ID +: 32/, /IPMI Version +: 2\.0/, /Manufacturer ID +: \d+/]],
  ["mc selftest", ["Selftest: passed"]],
  ["mc guid", [/GUID/i]],
  ["chassis status", [/System Power +: on/]],
  ["chassis power status", ["Chassis Power is on"]],
  ["sdr list", [/CPU Temp +\| \d+ degrees C +\| ok/, /P12V +\| 1[12](\.\d+)? Volts/, /Mgmt Link/]],
  ["sensor list", [/CPU Temp +\| \d+\.\d+ +\| degrees C/, /VBAT +\| 3\.\d+/]],
  ["sel clear", ["Clearing SEL"]],
  ["sel list", []],
  ["sel time get", [/\d\d[:/]\d\d/]],
  ["fru print", [/Product|Board/]],
  ["mc watchdog get", [/Watchdog Timer/]],
  ["chassis power off", ["Chassis Power Control: Down/Off"]],
];

async function waitForPower(port: string, state: "on" | "off"): Promise<void> {
  for (let k = 0; k < 40; k++) {
    const { stdout } = await ipmitool(port, "chassis power status");
    if (stdout.includes(`Chassis Power is ${state}`)) return;
  }
  expect.fail(`the power is not ${state}`);
}

describe.skipIf(!hasIpmitool)("ipmitool", () => {
  test("every command works over serial-basic, with effect, and the session replays", async () => {
    const path = liveFolder();
    const port = path("bmc");
    const live = await board(path, `pty:${port}`);
    for (const [words, wanted] of SESSION) await asks(port, words, wanted);
    await waitForPower(port, "off");
    await asks(port, "chassis power on", ["Up/On"]);
    await waitForPower(port, "on");
    await asks(port, "chassis power cycle", ["Cycle"]);
    await waitForPower(port, "on");
    await asks(port, "sel list", [/Power Unit/]);
    const { took_ms } = await asks(port, "mc info", ["Device ID"]);
    expect(took_ms).toBeLessThan(2000);
    const result = await live.interrupt();
    expect(result.endpoints[0]!.dropped).toBe(0);
    expectSameReplay(live.session, result);
  }, 180_000);

  test("serial-terminal says the same as serial-basic", async () => {
    const path = liveFolder();
    const port = path("bmc");
    const live = await board(path, `pty:${port}`);
    const same = ["mc info", "mc selftest", "chassis status", "fru print", "mc watchdog get"];
    for (const words of [...same, "sel info"]) {
      const basic = await asks(port, words, []);
      const terminal = await asks(port, words, [], "serial-terminal");
      expect(terminal.stdout, words).toBe(basic.stdout);
    }
    const names = (text: string) => text.split("\n").map((line) => line.split("|")[0]);
    const basic = await asks(port, "sdr list", []);
    const terminal = await asks(port, "sdr list", [], "serial-terminal");
    expect(names(terminal.stdout)).toEqual(names(basic.stdout));
    await live.interrupt();
  }, 180_000);

  test("bytes that mean something on the line survive inside data", async () => {
    const path = liveFolder();
    const port = path("bmc");
    const live = await board(path, `pty:${port}`);
    const bytes = ["a0", "a5", "a6", "aa", "1b"];
    const write = bytes.map((byte) => `0x${byte}`).join(" ");
    for (const kind of ["serial-basic", "serial-terminal"] as const) {
      // The data of Write FRU comes back by Read FRU, at the end of the inventory area.
      await asks(port, `raw 0x0a 0x12 0x00 0xf0 0x00 ${write}`, [/05/], kind);
      const { stdout } = await asks(port, "raw 0x0a 0x11 0x00 0xf0 0x00 0x05", [], kind);
      expect(stdout.trim()).toBe(`05 ${bytes.join(" ")}`);
    }
    await live.interrupt();
  }, 60_000);

  test("the built-in client and ipmitool see the same BMC", async () => {
    const path = liveFolder();
    const port = path("bmc");
    const live = await board(path, `pty:${port}`);
    const { stdout } = await asks(port, "mc info", []);
    const { status, json } = hotspareJson(["ipmi", `${port}:115200`, "mc", "info"]);
    expect(status).toBe(0);
    expect(stdout).toContain(`Device ID                 : ${json.device_id}`);
    expect(stdout).toContain(`Manufacturer ID           : ${json.manufacturer}`);
    expect(hotspareJson(["ipmi", port, "raw", "0x30", "0x99"])).toEqual({
      status: 1,
      json: { completion: 0xc1 },
    });
    await live.interrupt();
  }, 60_000);

  test.skipIf(!hasSocat)(
    `the cable is pulled and put back ${ROUNDS} times under load`,
    async () => {
      const path = liveFolder();
      const cable = new SocatPair(path("near"), path("far"));
      atEnd(() => cable.unplug());
      await cable.plug();
      const live = await board(path, `serial:${cable.near}`);
      const gone = () => live.log.match(/is gone/g)?.length ?? 0;
      const back = () => live.log.match(/is back/g)?.length ?? 0;
      for (let round = 1; round <= ROUNDS; round++) {
        // It never notices that its port is gone: a user would press Ctrl-C.
        const cut = ipmitool(cable.far, "sdr list", "serial-basic", CUT_MS);
        await new Promise((resolve) => setTimeout(resolve, 150));
        await cable.unplug();
        await awaited("the log to say it is gone", () => gone() === round);
        await cut;
        await cable.plug();
        await awaited("the log to say it is back", () => back() === round);
        await asks(cable.far, "mc info", [/Device ID +: 32/]);
      }
      expectSameReplay(live.session, await live.interrupt());
    },
    180_000,
  );
});
