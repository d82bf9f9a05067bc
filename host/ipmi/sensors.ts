/**
 * The sensor repository: records of sensors and what their readings mean.
 * Source: IPMI specification 2.0, sections 33.12 (Get SDR), 36.3 (conversion), 43.1, 43.2 (records).
 */

import type { IpmiClient } from "./client.js";

const NETFN_SENSOR = 0x04;
const NETFN_STORAGE = 0x0a;
const GET_SENSOR_READING = 0x2d;
const RESERVE_SDR = 0x22;
const GET_SDR = 0x23;

const LAST_RECORD = 0xffff;
const HEADER_BYTES = 5;
/** Bytes asked for at once: what fits a basic-mode answer with room to spare. */
const CHUNK_BYTES = 0x16;
/** More than any repository here holds: the end of a chain that never ends. */
const RECORDS_MOST = 1024;

const FULL_RECORD = 0x01;
const COMPACT_RECORD = 0x02;

const UNITS: ReadonlyMap<number, string> = new Map([
  [0x01, "degrees C"],
  [0x04, "Volts"],
  [0x05, "Amps"],
  [0x06, "Watts"],
  [0x07, "Joules"],
  [0x12, "RPM"],
]);

export interface SensorRecord {
  readonly number: number;
  readonly name: string;
  /** Turns a raw reading into its unit; null for sensors that only have states. */
  readonly convert: ((raw: number) => number) | null;
  readonly unit: string;
}

export interface SensorReading extends SensorRecord {
  /** In the sensor's unit; null when it has none or cannot be read now. */
  readonly value: number | null;
  /** Threshold or discrete states, as bits; null when it cannot be read now. */
  readonly states: number | null;
}

/** All records of sensors, in the repository's order. */
export async function sensorRecords(client: IpmiClient): Promise<SensorRecord[]> {
  const records: SensorRecord[] = [];
  let id = 0;
  for (let count = 0; id !== LAST_RECORD && count < RECORDS_MOST; count++) {
    const { next, bytes } = await readRecord(client, id);
    const record = parseRecord(bytes);
    if (record !== null) records.push(record);
    id = next;
  }
  return records;
}

/** A sensor's record with its reading of now. */
export async function readSensor(client: IpmiClient, record: SensorRecord): Promise<SensorReading> {
  const answer = await client.request(NETFN_SENSOR, GET_SENSOR_READING, record.number);
  const [raw = 0, flags = 0, low = 0, high = 0] = answer;
  const scanning = (flags & 0x40) !== 0;
  const available = scanning && (flags & 0x20) === 0;
  if (!available) return { ...record, value: null, states: null };
  const value = record.convert === null ? null : record.convert(raw);
  return { ...record, value, states: low | ((high & 0x7f) << 8) };
}

async function readRecord(client: IpmiClient, id: number) {
  const [low = 0, high = 0] = await client.request(NETFN_STORAGE, RESERVE_SDR);
  const part = async (offset: number, count: number) =>
    client.request(NETFN_STORAGE, GET_SDR, low, high, id & 0xff, id >> 8, offset, count);
  const head = await part(0, HEADER_BYTES);
  const next = (head[0] ?? 0xff) | ((head[1] ?? 0xff) << 8);
  const bytes = [...head.slice(2)];
  const size = HEADER_BYTES + (bytes[4] ?? 0);
  while (bytes.length < size) {
    const chunk = await part(bytes.length, Math.min(CHUNK_BYTES, size - bytes.length));
    if (chunk.length <= 2) break;
    bytes.push(...chunk.slice(2));
  }
  return { next, bytes };
}

/** Null: no record of a sensor, or one that ends too early. */
function parseRecord(bytes: readonly number[]): SensorRecord | null {
  const type = bytes[3];
  const number = bytes[7] ?? 0;
  if (type === FULL_RECORD && bytes.length >= 48) {
    const unit = UNITS.get(bytes[21]!) ?? "";
    const threshold = bytes[13] === 1;
    const convert = threshold ? conversion(bytes) : null;
    return { number, name: nameAt(bytes, 47), convert, unit };
  }
  if (type === COMPACT_RECORD && bytes.length >= 32) {
    return { number, name: nameAt(bytes, 31), convert: null, unit: "" };
  }
  return null;
}

function nameAt(bytes: readonly number[], at: number): string {
  const length = (bytes[at] ?? 0) & 0x1f;
  return String.fromCharCode(...bytes.slice(at + 1, at + 1 + length));
}

function signed(value: number, bits: number): number {
  return value & (1 << (bits - 1)) ? value - (1 << bits) : value;
}

/** (M x raw + B x 10^Bexp) x 10^Rexp. */
function conversion(bytes: readonly number[]): (raw: number) => number {
  const format = bytes[20]! >> 6; // 0 unsigned, 2 two's complement
  const m = signed(bytes[24]! | ((bytes[25]! & 0xc0) << 2), 10);
  const b = signed(bytes[26]! | ((bytes[27]! & 0xc0) << 2), 10);
  const exponentB = signed(bytes[29]! & 0x0f, 4);
  const exponentR = signed(bytes[29]! >> 4, 4);
  return (raw) => {
    const reading = format === 2 ? signed(raw, 8) : raw;
    return (m * reading + b * 10 ** exponentB) * 10 ** exponentR;
  };
}
