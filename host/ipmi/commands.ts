/** The commands of `hotspare ipmi`, as a table: words, what they ask, what they print. */

import { UserError } from "../error/index.js";
import type { IpmiClient } from "./client.js";
import { readSensor, sensorRecords } from "./sensors.js";

const NETFN_CHASSIS = 0x00;
const NETFN_APP = 0x06;
const NETFN_STORAGE = 0x0a;
const GET_DEVICE_ID = 0x01;
const GET_SELF_TEST = 0x04;
const CHASSIS_STATUS = 0x01;
const CHASSIS_CONTROL = 0x02;
const SEL_INFO = 0x40;
const SEL_RESERVE = 0x42;
const SEL_ENTRY = 0x43;
const SEL_CLEAR = 0x47;
const LAST_ENTRY = 0xffff;
const ENTRIES_MOST = 4096;
const SELF_TEST_PASSED = 0x55;

/** What a command found: lines of name and value, and the same as an object. */
export interface IpmiResult {
  readonly rows: readonly (readonly string[])[];
  readonly json: object;
}

interface IpmiCommand {
  readonly words: string;
  readonly summary: string;
  /** `words` that follow the command; none unless it is `raw`. */
  run(client: IpmiClient, words: readonly string[]): Promise<IpmiResult>;
}

const hex = (value: number, digits = 2) => `0x${value.toString(16).padStart(digits, "0")}`;

/** A result whose object and rows say the same. */
function fields(object: Readonly<Record<string, string | number | boolean>>): IpmiResult {
  const rows = Object.entries(object).map(([name, value]) => [name, String(value)]);
  return { rows, json: object };
}

async function deviceId(client: IpmiClient): Promise<IpmiResult> {
  const data = await client.request(NETFN_APP, GET_DEVICE_ID);
  const [device = 0, revision = 0, major = 0, minor = 0, version = 0] = data;
  return fields({
    device_id: device,
    device_revision: revision & 0x0f,
    firmware: `${major & 0x7f}.${minor.toString(16).padStart(2, "0")}`,
    ipmi: `${version & 0x0f}.${version >> 4}`,
    manufacturer: (data[6] ?? 0) | ((data[7] ?? 0) << 8) | ((data[8] ?? 0) << 16),
    product: (data[9] ?? 0) | ((data[10] ?? 0) << 8),
  });
}

async function selfTest(client: IpmiClient): Promise<IpmiResult> {
  const [code = 0, detail = 0] = await client.request(NETFN_APP, GET_SELF_TEST);
  return fields({ passed: code === SELF_TEST_PASSED, code: hex(code), detail: hex(detail) });
}

async function chassisStatus(client: IpmiClient): Promise<IpmiResult> {
  const [state = 0, event = 0, misc = 0] = await client.request(NETFN_CHASSIS, CHASSIS_STATUS);
  return fields({
    power: state & 1 ? "on" : "off",
    power_fault: (state & 0x08) !== 0,
    last_event: hex(event),
    intrusion: (misc & 1) !== 0,
  });
}

async function powerStatus(client: IpmiClient): Promise<IpmiResult> {
  const [state = 0] = await client.request(NETFN_CHASSIS, CHASSIS_STATUS);
  return fields({ power: state & 1 ? "on" : "off" });
}

function control(action: number, name: string) {
  return async (client: IpmiClient): Promise<IpmiResult> => {
    await client.request(NETFN_CHASSIS, CHASSIS_CONTROL, action);
    return fields({ asked: name });
  };
}

async function sensors(client: IpmiClient): Promise<IpmiResult> {
  const list: object[] = [];
  const rows: string[][] = [];
  for (const record of await sensorRecords(client)) {
    const { number, name, value, unit, states } = await readSensor(client, record);
    list.push({ number, name, value, unit, states });
    const shown = value === null ? "" : `${Number(value.toPrecision(6))} ${unit}`;
    rows.push([name, shown, states === null ? "not readable" : hex(states, 4)]);
  }
  return { rows, json: { sensors: list } };
}

async function selList(client: IpmiClient): Promise<IpmiResult> {
  const info = await client.request(NETFN_STORAGE, SEL_INFO);
  const entries = (info[1] ?? 0) | ((info[2] ?? 0) << 8);
  const list: object[] = [];
  const rows: string[][] = [];
  let id = entries === 0 ? LAST_ENTRY : 0;
  for (let count = 0; id !== LAST_ENTRY && count < ENTRIES_MOST; count++) {
    const asked = [0, 0, id & 0xff, id >> 8, 0, 0xff];
    const data = await client.request(NETFN_STORAGE, SEL_ENTRY, ...asked);
    const record = [...data.slice(2)];
    const word = (at: number) => (record[at] ?? 0) | ((record[at + 1] ?? 0) << 8);
    const time = word(3) + word(5) * 0x1_0000;
    const event = record.slice(7).map((byte) => byte.toString(16).padStart(2, "0"));
    list.push({ id: word(0), type: record[2] ?? 0, time, event: event.join("") });
    rows.push([String(word(0)), String(time), `sensor ${hex(record[11] ?? 0)}`, event.join(" ")]);
    id = (data[0] ?? 0xff) | ((data[1] ?? 0xff) << 8);
  }
  return { rows, json: { entries: list } };
}

async function selClear(client: IpmiClient): Promise<IpmiResult> {
  const [low = 0, high = 0] = await client.request(NETFN_STORAGE, SEL_RESERVE);
  const letters = [0x43, 0x4c, 0x52]; // "CLR"
  await client.request(NETFN_STORAGE, SEL_CLEAR, low, high, ...letters, 0xaa);
  return fields({ cleared: true });
}

async function raw(client: IpmiClient, words: readonly string[]): Promise<IpmiResult> {
  const bytes = words.map((word) => {
    const value = /^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(word) ? Number(word) : 256;
    if (value > 255) throw usage(`"${word}" is no byte`);
    return value;
  });
  const [netFn, command, ...data] = bytes;
  if (netFn === undefined || command === undefined) throw usage("raw wants netFn and command");
  const answer = await client.request(netFn, command, ...data);
  const text = [...answer].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return { rows: [[text]], json: { data: text } };
}

export const IPMI_COMMANDS: readonly IpmiCommand[] = [
  { words: "mc info", summary: "what the BMC is", run: deviceId },
  { words: "mc selftest", summary: "result of its self test", run: selfTest },
  { words: "chassis status", summary: "power and faults", run: chassisStatus },
  { words: "chassis power status", summary: "on or off", run: powerStatus },
  { words: "chassis power on", summary: "switch the host on", run: control(1, "on") },
  { words: "chassis power off", summary: "switch it off", run: control(0, "off") },
  { words: "chassis power cycle", summary: "off, then on", run: control(2, "cycle") },
  { words: "chassis power reset", summary: "reset the host", run: control(3, "reset") },
  { words: "chassis power soft", summary: "ask it to shut down", run: control(5, "soft") },
  { words: "sensors", summary: "all sensors and their readings", run: sensors },
  { words: "sel list", summary: "the event log", run: selList },
  { words: "sel clear", summary: "empty it", run: selClear },
  { words: "raw", summary: "netFn, command, data: bytes", run: raw },
];

/**
 * Runs the command that the words name.
 * @throws UserError E212 when there is no such command.
 */
export function runIpmi(client: IpmiClient, words: readonly string[]): Promise<IpmiResult> {
  const text = words.join(" ");
  const found = IPMI_COMMANDS.find(
    (row) => text === row.words || (row.words === "raw" && words[0] === "raw"),
  );
  if (found === undefined) throw usage(`"${text}" is no command`);
  return found.run(client, words.slice(1));
}

/** Whether the words name a command, before a port is opened. @throws UserError E212. */
export function checkIpmi(words: readonly string[]): void {
  const text = words.join(" ");
  if (words[0] !== "raw" && !IPMI_COMMANDS.some((row) => row.words === text)) {
    throw usage(`"${text}" is no command`);
  }
}

function usage(what: string): UserError {
  const known = IPMI_COMMANDS.map(({ words }) => words).join(", ");
  return new UserError("E212", what, { argument: "COMMAND" }, `known: ${known}`);
}
