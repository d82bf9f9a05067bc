/**
 * Numbers of machine files as text: integers (decimal or 0x hex, `_` between digits), sizes (suffix
 * K, M, G = 1024^n), times (a decimal number and ps, ns, us, ms or s) and rates (decimal Hz down to
 * a millihertz). Grammar: docs/cli.md. Each reader answers undefined for text it cannot read.
 */

const INTEGER = /^(?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|[0-9](?:_?[0-9])*)$/;
const SIZE = /^(.*[0-9a-fA-F])([KMG]?)$/;
const TIME = /^([0-9](?:_?[0-9])*)(?:\.([0-9]+))?(ps|ns|us|ms|s)$/;
const RATE = /^([0-9](?:_?[0-9])*)(?:\.([0-9]{1,3}))?$/;
/** Longer text is no number that any field here can hold. */
const MAX_CHARS = 40;

const SIZE_SHIFTS: Readonly<Record<string, bigint>> = { "": 0n, K: 10n, M: 20n, G: 30n };
/** Decimal digits of a unit's fraction that make one picosecond. */
const TIME_DIGITS: Readonly<Record<string, number>> = { ps: 0, ns: 3, us: 6, ms: 9, s: 12 };

/** A number of JSON or its text as an integer of any length. */
export function readInteger(value: number | string): bigint | undefined {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  }
  if (value.length > MAX_CHARS || !INTEGER.test(value)) return undefined;
  return BigInt(value.replaceAll("_", "").toLowerCase());
}

/** Bytes: `131072`, `0x2_0000`, `128K`. */
export function readSize(value: number | string): bigint | undefined {
  if (typeof value === "number") return readInteger(value);
  const parts = SIZE.exec(value);
  const count = parts ? readInteger(parts[1]!) : undefined;
  return count === undefined ? undefined : count << SIZE_SHIFTS[parts![2]!]!;
}

/** Picoseconds: `1us`, `2.5ns`. Fractions of a picosecond cannot be read. */
export function readTime_ps(text: string): bigint | undefined {
  const parts = text.length > MAX_CHARS ? null : TIME.exec(text);
  if (parts === null) return undefined;
  const digits = TIME_DIGITS[parts[3]!]!;
  const fraction = (parts[2] ?? "").replace(/0+$/, "");
  if (fraction.length > digits) return undefined;
  return BigInt(parts[1]!.replaceAll("_", "") + fraction.padEnd(digits, "0"));
}

/** Millihertz: `14745600`, `"32768.125"`, `100_000_000` as text. */
export function readRate_mhz(value: number | string): bigint | undefined {
  if (typeof value === "number") {
    const whole = readInteger(value);
    return whole === undefined ? undefined : whole * 1000n;
  }
  const parts = value.length > MAX_CHARS ? null : RATE.exec(value);
  if (parts === null) return undefined;
  return BigInt(parts[1]!.replaceAll("_", "") + (parts[2] ?? "").padEnd(3, "0"));
}

/** `0x1000_0000`: how errors and tables show an address. */
export function addressText(address: number): string {
  const digits = address.toString(16).padStart(8, "0");
  return `0x${digits.slice(0, -4)}_${digits.slice(-4)}`;
}

/** `0x1000_0000..0x1000_0fff`, both ends inside. */
export function rangeText(base: number, size: number): string {
  return `${addressText(base)}..${addressText(base + size - 1)}`;
}

/** `128K`, `64M`, `20`: the largest suffix that divides. */
export function sizeText(size: number): string {
  for (const [suffix, unit] of [
    ["G", 2 ** 30],
    ["M", 2 ** 20],
    ["K", 2 ** 10],
  ] as const) {
    if (size >= unit && size % unit === 0) return `${size / unit}${suffix}`;
  }
  return String(size);
}

/** `100 MHz`, `14.7456 MHz`, `32.768 kHz`: exact, without trailing zeros. */
export function rateText(rate_mhz: bigint): string {
  for (const [unit, digits] of [
    ["GHz", 12],
    ["MHz", 9],
    ["kHz", 6],
  ] as const) {
    if (rate_mhz >= 10n ** BigInt(digits)) return `${decimalText(rate_mhz, digits)} ${unit}`;
  }
  return `${decimalText(rate_mhz, 3)} Hz`;
}

/** `1 us`, `13.888 ns`: exact, without trailing zeros. */
export function timeText(time_ps: bigint): string {
  for (const [unit, digits] of [
    ["s", 12],
    ["ms", 9],
    ["us", 6],
    ["ns", 3],
  ] as const) {
    if (time_ps >= 10n ** BigInt(digits)) return `${decimalText(time_ps, digits)} ${unit}`;
  }
  return `${time_ps} ps`;
}

/** A count of 10^-digits as a decimal number. */
function decimalText(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  const fraction = text.slice(-digits).replace(/0+$/, "");
  return fraction === "" ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`;
}
