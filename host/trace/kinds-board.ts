/** The events of a BMC's board. What the words hold: assembly/devices and assembly/machine/peci.ts. */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { EventKind, Field } from "./kinds.js";

const KCS_CROSSINGS = [
  "host-read",
  "host-data",
  "host-command",
  "bmc-read",
  "bmc-data",
  "bmc-status",
] as const;
const KCS_STATES = ["idle", "read", "write", "error"] as const;
const KCS_BITS = ["obf", "ibf", "sms-atn", "cd"] as const;
const NVM_OPERATIONS = ["none", "erase", "program"] as const;
const NVM_ENDS = ["done", "failed", "cut"] as const;
const SEQUENCES = ["off", "rising", "on", "falling"] as const;
const RAILS = ["p12v", "p5v", "p3v3", "p1v8", "vddq", "vcore"] as const;
const DRIVERS = ["originator", "client"] as const;

const hex8 = (value: number): string => `0x${(value & 0xff).toString(16).padStart(2, "0")}`;

/** Names of the bits that are set, joined by +; "none" if there are none. */
function bits(value: number, names: readonly string[]): string {
  const set = names.filter((_, bit) => (value >>> bit) & 1);
  return set.length === 0 ? "none" : set.join("+");
}

function kcs(a: number): Field[] {
  const crossing = (a >>> 16) & 0xff;
  const byte: Field[] = crossing < 5 ? [["byte", hex8(a >>> 8)]] : [];
  return [
    ["what", KCS_CROSSINGS[crossing] ?? String(crossing)],
    ...byte,
    ["state", KCS_STATES[(a >>> 6) & 3]!],
    ["status", bits(a, KCS_BITS)],
  ];
}

/** Up to twelve bytes from the words b, c, d. */
function frameBytes(count: number, words: readonly number[]): string {
  const bytes = Array.from({ length: Math.min(count, 12) }, (_, i) =>
    ((words[i >> 2]! >>> ((i & 3) * 8)) & 0xff).toString(16).padStart(2, "0"),
  );
  return bytes.join("");
}

export const BOARD_EVENTS: readonly EventKind[] = [
  { kind: TraceKind.KCS, event: "kcs", fields: ({ a }) => kcs(a) },
  {
    kind: TraceKind.PECI_FRAME,
    event: "peci-frame",
    fields: ({ a, b, c, d }) => [
      ["by", DRIVERS[(a >>> 16) & 1]!],
      ["first", String(a & 0xff)],
      ["bytes", frameBytes((a >>> 8) & 0xff, [b, c, d])],
    ],
  },
  {
    kind: TraceKind.PECI_BIT,
    event: "peci-bit",
    fields: ({ a, b, c, d }) => [
      ["by", DRIVERS[d & 1]!],
      ["bit", String(b)],
      ["level", String(a)],
      ["ps", String(c)],
    ],
  },
  {
    kind: TraceKind.NVM,
    event: "nvm",
    fields: ({ a }) => [
      ["what", NVM_OPERATIONS[(a >>> 16) & 3] ?? "none"],
      ["end", NVM_ENDS[(a >>> 18) & 3] ?? "done"],
      ["address", `0x${((a & 0xffff) * 64).toString(16).padStart(4, "0")}`],
    ],
  },
  {
    kind: TraceKind.RAIL,
    event: "rail",
    fields: ({ a }) => [
      ["rails", bits(a, RAILS)],
      ["sequence", SEQUENCES[(a >>> 12) & 3]!],
      ["good", String((a >>> 8) & 1)],
      ["host_reset", String((a >>> 9) & 1)],
    ],
  },
];
