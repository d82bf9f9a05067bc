/**
 * Both ends of the links between host and BMC on this computer, with sanitizers: the management
 * interface's state machines against each other, the backup protocol over a mailbox that loses
 * messages, faults by chance; MCTP and PLDM on the second port. Oracles: the specification's times
 * and rules (specs/bmc-backup-link.md, section 2), frames worked out by hand from DSP0253.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClient } from "../../support/clients.js";
import { mctpFrame, NativeProgram } from "./bmc-native.js";

const gcc = requireClient("gcc", "gcc");
const SOAK = process.env.HOTSPARE_SOAK === "1";

describe.skipIf(gcc === undefined)("the links between host and BMC", () => {
  let links: NativeProgram;
  beforeAll(() => {
    links = new NativeProgram(
      gcc!,
      ["shared", "bmc", "host"],
      ["links-native", "links-native-wires", "bmc-native-board"].map(
        (name) => `test/unit/firmware/${name}.c`,
      ),
    );
  }, 120_000);
  afterAll(() => links?.end());

  /** State of the links: names, and milliseconds since the last good transfer. */
  function state(text: string) {
    const [, bmc, bmcSince, host, hostSince] = /bmc (\w+) (\d+) host (\w+) (\d+)/.exec(text)!;
    return { bmc, bmcSince: Number(bmcSince), host, hostSince: Number(hostSince) };
  }

  test("a whole interface stays normal, and nothing is sent over the backup link", () => {
    const [, text] = links.run(["ms 60000", "state"]);
    expect(state(text!)).toMatchObject({ bmc: "normal", host: "normal" });
    expect(state(text!).bmcSince).toBeLessThanOrEqual(500);
    expect(text).toMatch(/bmc sent 0 .*\nhost sent 0 /);
  });

  test.each(["kcs lost", "kcs ibf", "hang host 1", "hang bmc 1"])(
    "%s: degraded exactly 2000 ms after the last good transfer, on both sides",
    (fault) => {
      const [, , before] = links.run(["ms 5000", fault, "state"]);
      const { bmcSince, hostSince } = state(before!);
      for (const [side, since] of [
        ["bmc", bmcSince],
        ["host", hostSince],
      ] as const) {
        const wait = 1999 - since;
        const answers = links.run(["ms 5000", fault, `ms ${wait}`, "state", "ms 1", "state"]);
        expect(state(answers[3]!)[side], side).toBe("normal");
        expect(answers[3], "below the threshold nothing is sent").toMatch(
          new RegExp(`${side} sent 0 `),
        );
        expect(state(answers[5]!)[side], side).toBe("degraded");
      }
    },
  );

  test.each([
    ["kcs lost", "kcs ok"],
    ["kcs ibf", "kcs ok"],
    ["hang host 1", "hang host 0"],
    ["hang bmc 1", "hang bmc 0"],
  ])("%s: both find back to normal within one retry", (fault, cure) => {
    const answers = links.run(["ms 3000", fault, "ms 9000", "state", cure, "ms 5600", "state"]);
    const states = [3, 6].map((i) => state(answers[i]!));
    if (fault !== "hang bmc 1") expect(states[0]!.bmc).toBe("degraded");
    expect(states[1]).toMatchObject({ bmc: "normal", host: "normal" });
  });

  test("a hung task of the BMC is cured by the recovery that the host asks for", () => {
    const answers = links.run(["ms 3000", "hang bmc 1", "ms 18000", "state"]);
    expect(answers[2]).toMatch(/host backup 1 02/);
    expect(state(answers[3]!)).toMatchObject({ bmc: "normal", host: "normal" });
  });

  test.each([
    ["the BMC restarts its interface", "host 1", /host backup 1 02/],
    ["the management interface is tried again", "host 2", /host backup 2 02/],
    ["the BMC serves", "host 3 1", /host backup 3 02/],
    ["an unknown service of the BMC is refused", "host 3 99", /host backup 3 81/],
    ["the log is fetched", "host 4 0 0 255", /(host record\n){2}host backup 4 02/],
    ["the BMC asks the host to fetch the log", "bmc 4", /host record\nhost backup 4 02/],
  ])("while the interface is lost: %s", (_name, request, expected) => {
    const answers = links.run(["ms 3000", "kcs lost", "ms 3000", request, "ms 3000"]);
    expect(answers[4]).toMatch(expected);
  });

  test("while the interface is lost the processor serves the BMC, each request once, in order", () => {
    const requests = [11, 22, 33, 44, 55].map((load) => `bmc 3 3 ${load}`);
    const answers = links.run([
      "ms 3000",
      "kcs lost",
      "peci 40",
      "ms 3000",
      ...requests,
      "ms 60000",
      "loads",
    ]);
    expect(answers.at(-1)).toBe("11 22 33 44 55");
  });

  test("requests that wait when the interface heals are finished", () => {
    const answers = links.run([
      "ms 3000",
      "kcs lost",
      "ms 3000",
      "bmc 3 3 7",
      "kcs ok",
      "ms 9000",
      "loads",
      "state",
    ]);
    expect(answers[6]).toBe("7");
    expect(state(answers[7]!)).toMatchObject({ bmc: "normal", host: "normal" });
  });

  test("both links lost: no request is executed, and either that heals brings both sides back", () => {
    const lost = ["ms 3000", "kcs lost", "peci 100", "ms 30000", "state"];
    expect(state(links.run(lost)[4]!)).toMatchObject({ bmc: "degraded", host: "degraded" });
    const kcs = links.run([...lost, "kcs ok", "ms 6000", "state"]);
    expect(state(kcs.at(-1)!)).toMatchObject({ bmc: "normal", host: "normal" });
    const peci = links.run([...lost, "peci 0", "ms 6000", "bmc 3 3 9", "ms 2000", "loads"]);
    expect(peci.at(-1)).toBe("9");
  });

  test("a BMC that begins anew neither loses nor repeats what it was asked", () => {
    const answers = links.run([
      ...["ms 3000", "kcs lost", "ms 3000", "bmc 3 3 7", "ms 200", "reset bmc", "ms 100"],
      ...["bmc 3 3 8", "ms 5000", "loads", "reset host", "bmc 3 3 9", "ms 9000", "loads"],
    ]);
    expect(answers[9]).toBe("7 8");
    expect(answers.at(-1)).toBe("7 8 9");
  });

  test("faults by chance: nothing is doubled or left over, and both sides end in peace", () => {
    const seeds = Array.from({ length: SOAK ? 2000 : 40 }, (_, i) => 1 + i);
    const answers = links.run(seeds.map((seed) => `fuzz ${seed}`));
    expect(answers.filter((answer) => !answer.endsWith("violations 0"))).toEqual([]);
  }, 600_000);
});

describe.skipIf(gcc === undefined)("MCTP on the second serial port", () => {
  let bmc: NativeProgram;
  beforeAll(() => {
    bmc = new NativeProgram(
      gcc!,
      ["shared", "bmc"],
      ["test/unit/firmware/bmc-native.c", "test/unit/firmware/bmc-native-board.c"],
    );
  }, 120_000);
  afterAll(() => bmc?.end());

  const CONTROL = 0;
  const PLDM = 1;
  /** A request from endpoint 0x20 to endpoint `to`, tag 3. */
  const request = (to: number, type: number, ...body: number[]) => [
    1,
    to,
    0x20,
    0xcb,
    type,
    ...body,
  ];
  const answer = (from: number, type: number, ...body: number[]) => [
    1,
    0x20,
    from,
    0xc3,
    type,
    ...body,
  ];
  const P12V = 5;

  test.each([
    ["Get Endpoint ID", request(8, CONTROL, 0x80, 2), answer(8, CONTROL, 0, 2, 0, 8, 0, 0)],
    [
      "any endpoint is asked by the null one",
      request(0, CONTROL, 0x80, 2),
      answer(8, CONTROL, 0, 2, 0, 8, 0, 0),
    ],
    [
      "Get Message Type Support",
      request(8, CONTROL, 0x81, 5),
      answer(8, CONTROL, 1, 5, 0, 2, 0, 1),
    ],
    [
      "Get Version Support",
      request(8, CONTROL, 0x80, 4, 0xff),
      answer(8, CONTROL, 0, 4, 0, 1, 0xf1, 0xf3, 0xf1, 0),
    ],
    ["of an unknown type", request(8, CONTROL, 0x80, 4, 9), answer(8, CONTROL, 0, 4, 0x80)],
    ["an unknown control command", request(8, CONTROL, 0x80, 0x77), answer(8, CONTROL, 0, 0x77, 5)],
    ["a wrong length", request(8, CONTROL, 0x80, 1, 0), answer(8, CONTROL, 0, 1, 3)],
    ["GetTID", request(8, PLDM, 0x80, 0, 2), answer(8, PLDM, 0, 0, 2, 0, 1)],
    [
      "GetPLDMTypes",
      request(8, PLDM, 0x80, 0, 4),
      answer(8, PLDM, 0, 0, 4, 0, 5, 0, 0, 0, 0, 0, 0, 0),
    ],
    ["an unknown PLDM type", request(8, PLDM, 0x80, 9, 1), answer(8, PLDM, 0, 9, 1, 0x20)],
    [
      "an absent sensor",
      request(8, PLDM, 0x80, 2, 0x11, 99, 0, 0),
      answer(8, PLDM, 0, 2, 0x11, 0x80),
    ],
  ])("%s", (_name, packet, expected) => {
    expect(bmc.run([`mctp ${mctpFrame(packet)}`])).toEqual([`tx ${mctpFrame(expected)}`]);
  });

  test("GetSensorReading gives thousandths of the unit, and what state they are in", () => {
    const read = `mctp ${mctpFrame(request(8, PLDM, 0x80, 2, 0x11, P12V, 0, 0))}`;
    const reading = (state: number, operation: number, value: number) => [
      ...[5, operation, 0, state, 0, state],
      ...[value, value >> 8, value >> 16, value >> 24].map((byte) => byte & 0xff),
    ];
    const tx = (...data: number[]) => `tx ${mctpFrame(answer(8, PLDM, 0, 2, 0x11, 0, ...data))}`;
    expect(bmc.run([read, "sensor 5 12000", read, "sensor 5 13000", read])).toEqual([
      tx(...reading(0, 2, 0)),
      "",
      tx(...reading(1, 0, 12000)),
      "",
      tx(...reading(9, 0, 13000)),
    ]);
  });

  test("GetPLDMCommands has a bit for each command that is answered", () => {
    const [sent] = bmc.run([`mctp ${mctpFrame(request(8, PLDM, 0x80, 0, 5, 0, 0, 0, 0, 0))}`]);
    const bits = new Array<number>(32).fill(0);
    bits[0] = 0b11_1110;
    expect(sent).toBe(`tx ${mctpFrame(answer(8, PLDM, 0, 0, 5, 0, ...bits))}`);
  });

  test("Set Endpoint ID is answered by the old one; then the new one answers", () => {
    const get = `mctp ${mctpFrame(request(0x7e, CONTROL, 0x80, 2))}`;
    expect(bmc.run([get, `mctp ${mctpFrame(request(8, CONTROL, 0x80, 1, 0, 0x7e))}`, get])).toEqual(
      [
        "",
        `tx ${mctpFrame(answer(8, CONTROL, 0, 1, 0, 0, 0x7e, 0))}`,
        `tx ${mctpFrame(answer(0x7e, CONTROL, 0, 2, 0, 0x7e, 0, 0))}`,
      ],
    );
  });

  test.each([
    ["a wrong FCS", (frame: string) => frame.replace(/..7e$/, "007e")],
    ["a wrong revision", (frame: string) => frame.replace(/^7e01/, "7e02")],
    ["a cut frame", (frame: string) => `${frame.slice(0, 14)}7e`],
    ["noise", () => "00017d7d5e7eff7e017e0100"],
  ])("%s is not answered, and the next frame is", (_name, spoil) => {
    const frame = mctpFrame(request(8, CONTROL, 0x80, 2));
    const [bad, good] = bmc.run([`mctp ${spoil(frame)}`, `mctp ${frame}`]);
    expect(bad).toBe("");
    expect(good).toMatch(/^tx /);
  });
});
