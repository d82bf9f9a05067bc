/**
 * What can be broken, and how: a row for each kind of fault and each class of target. Numbers and
 * their meaning in the core: assembly/machine/faults.ts and fault-plan.ts.
 */

import { FaultKind } from "../../assembly/kernel/abi.js";
import { Disturbance } from "../../assembly/kernel/fault-layout.js";

export type TargetClass =
  | "register"
  | "csr"
  | "memory"
  | "device register"
  | "device"
  | "node"
  | "clock"
  | "wire"
  | "link"
  | "line"
  | "shared memory";

/** How a fault goes on: at once and over, for ever or `for`, or with each frame, byte or access. */
export type Course = "once" | "lasting" | "disturbing";

export interface KindRow {
  readonly kind: string;
  readonly target: TargetClass;
  /** FaultKind. */
  readonly number: number;
  /** Disturbance, or what else the core takes as a. */
  readonly a?: number;
  readonly course: Course;
  /** Values it takes beside `n`, `id`, `for`, `rate`, `count`; a `!` marks one that must be given. */
  readonly values: string;
  readonly meaning: string;
}

type Columns = readonly [
  kind: string,
  target: TargetClass,
  number: number,
  course: Course,
  values: string,
  meaning: string,
  a?: number,
];

const ROWS: readonly Columns[] = [
  ["flip", "register", FaultKind.FLIP_REGISTER, "once", "bit mask", "inverts bits"],
  [
    "stuck",
    "register",
    FaultKind.STUCK_REGISTER,
    "lasting",
    "bit mask level!",
    "holds bits at 0 or 1",
  ],
  ["flip", "csr", FaultKind.FLIP_CSR, "once", "bit mask", "inverts bits that it can hold"],
  ["stuck", "csr", FaultKind.STUCK_CSR, "lasting", "bit mask level!", "holds bits at 0 or 1"],
  ["flip", "memory", FaultKind.FLIP_MEMORY, "once", "bit mask", "inverts bits of a byte"],
  [
    "stuck",
    "memory",
    FaultKind.STUCK_MEMORY,
    "lasting",
    "bit mask level!",
    "holds bits of a byte at 0 or 1",
  ],
  [
    "flip",
    "device register",
    FaultKind.FLIP_DEVICE,
    "once",
    "bit mask",
    "writes the register with bits inverted",
  ],
  ["kill", "node", FaultKind.KILL, "lasting", "", "executes nothing, not even a reset"],
  ["hang", "node", FaultKind.HANG, "once", "", "executes nothing until its next reset"],
  ["pause", "node", FaultKind.PAUSE, "lasting", "", "stands, then goes on where it stood"],
  ["reset", "node", FaultKind.RESET, "once", "", "resets hart and private devices"],
  ["hold", "node", FaultKind.RESET_HOLD, "lasting", "", "held in reset"],
  ["power-off", "node", FaultKind.POWER_OFF, "lasting", "", "loses power and RAM; back: power-on"],
  ["stop", "clock", FaultKind.CLOCK_STOP, "lasting", "", "has no edges"],
  ["drift", "clock", FaultKind.CLOCK_RATE, "lasting", "hz ppm", "runs at another rate"],
  ["glitch", "clock", FaultKind.CLOCK_SKIP, "once", "edges!", "loses edges"],
  ["stuck", "wire", FaultKind.WIRE_FORCE, "lasting", "level!", "holds its far end at 0 or 1"],
  ["flip", "wire", FaultKind.WIRE_FORCE, "lasting", "", "holds its far end at the other level", 3],
  [
    "corrupt",
    "link",
    FaultKind.LINK,
    "disturbing",
    "mask",
    "inverts bits of frames, start bit first",
    Disturbance.CORRUPT,
  ],
  ["drop", "link", FaultKind.LINK, "disturbing", "", "loses frames", Disturbance.DROP],
  [
    "duplicate",
    "link",
    FaultKind.LINK,
    "disturbing",
    "",
    "sends frames twice",
    Disturbance.DUPLICATE,
  ],
  ["delay", "link", FaultKind.LINK, "disturbing", "by!", "brings frames later", Disturbance.DELAY],
  [
    "corrupt",
    "line",
    FaultKind.LINE_OUT,
    "disturbing",
    "mask",
    "inverts bits of characters",
    Disturbance.CORRUPT,
  ],
  ["drop", "line", FaultKind.LINE_OUT, "disturbing", "", "loses characters", Disturbance.DROP],
  [
    "corrupt",
    "shared memory",
    FaultKind.SHARED,
    "disturbing",
    "mask",
    "inverts bits of what is read",
    Disturbance.CORRUPT,
  ],
  ["drop", "shared memory", FaultKind.SHARED, "disturbing", "", "loses writes", Disturbance.DROP],
  [
    "tear",
    "shared memory",
    FaultKind.SHARED,
    "disturbing",
    "lanes!",
    "only these bytes of a write arrive (bit 0: the lowest)",
    Disturbance.TEAR,
  ],
];

export const KIND_ROWS: readonly KindRow[] = ROWS.map(
  ([kind, target, number, course, values, meaning, a]) => ({
    kind,
    target,
    number,
    course,
    values,
    meaning,
    ...(a === undefined ? {} : { a }),
  }),
);

/** Why something that might be expected of a class of target is not there. */
export const UNSUPPORTED: readonly (readonly [kind: string, target: TargetClass, why: string])[] = [
  ["reorder", "link", "a serial line has one order: use drop, duplicate or delay"],
  ["reorder", "line", "a serial line has one order: use drop"],
  [
    "duplicate",
    "line",
    "a line to the outside carries what its other end sends: use corrupt, drop",
  ],
  ["delay", "line", "the time of a character outside is its sender's: use corrupt or drop"],
  ["corrupt", "memory", "private memory answers at once: use flip, or stuck for a broken cell"],
  ["drop", "memory", "writes to private memory cannot be lost: use stuck, or a shared memory"],
  ["stuck", "device register", "use a site of the device, or flip the register"],
];

/** Values that every fault may have, and those of a course. */
export const COMMON_VALUES: readonly string[] = ["n", "id"];
export const COURSE_VALUES: Readonly<Record<Course, readonly string[]>> = {
  once: [],
  lasting: ["for"],
  disturbing: ["for", "rate", "count", "seed"],
};

/** Names of the values of a row without their marks. */
export function valueNames(row: KindRow): string[] {
  const own = row.values.split(" ").filter((name) => name !== "");
  return [
    ...own.map((name) => name.replace("!", "")),
    ...COURSE_VALUES[row.course],
    ...COMMON_VALUES,
  ];
}

/** Names of the values that must be given. */
export function neededValues(row: KindRow): string[] {
  return row.values
    .split(" ")
    .filter((name) => name.endsWith("!"))
    .map((name) => name.slice(0, -1));
}
