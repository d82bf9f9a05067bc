/**
 * The shapes of `meta.json` and `names.json` in session and snapshot files. Their checksum says
 * that a file is whole, not that hotspare wrote it: what it holds is checked before it is used.
 * Keys that are not named here pass, so that a later hotspare may add some.
 */

import { z } from "zod";

/** Machine time ends there (our choice, 106 days: half of a u64). */
export const TIME_MAX_PS = 1n << 63n;
const U64_MAX = (1n << 64n) - 1n;
/** Outcomes of docs/cli.md and, of a run that did not end by itself, `bug` and `error`. */
const OUTCOME_CHARS_MAX = 32;

const decimal = (max: bigint, meaning: string) =>
  z
    .string()
    .regex(/^[0-9]{1,20}$/, `expected ${meaning}`)
    .transform((text) => BigInt(text))
    .refine((value) => value <= max, `expected ${meaning}, at most ${max}`);

const time_ps = decimal(TIME_MAX_PS, "a time in ps");
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hex digits`);
const index = z.int().nonnegative();
const address = z
  .int()
  .nonnegative()
  .max(2 ** 32);

const VERSIONS = { stateVersion: z.int(), timingVersion: z.int(), tool: z.string() };

export const VERSIONS_SHAPE = z.looseObject(VERSIONS);

export const SESSION_SHAPE = z.looseObject({
  ...VERSIONS,
  machine: z.looseObject({
    name: z.string(),
    hash: hex(32),
    file: z.string(),
    text: z.string(),
  }),
  firmware: z.array(z.looseObject({ node: z.string(), file: z.string() })),
  seed: decimal(U64_MAX, "a seed"),
  command: z.array(z.string()),
  driver: z.enum(["free", "paced"]),
  faults: z.array(z.string()).default([]),
  uarts: z.array(z.string()),
  end: z.looseObject({
    time_ps,
    digest: hex(32),
    outcome: z.string().max(OUTCOME_CHARS_MAX),
    halted: z.boolean(),
  }),
});

export const SNAPSHOT_SHAPE = z.looseObject({
  ...VERSIONS,
  machine: z.string(),
  firmware: z.array(z.looseObject({ node: z.string(), sha256: z.string() })),
  machineHash: hex(32),
  now_ps: time_ps,
  stateBytes: z
    .int()
    .positive()
    .multipleOf(4096)
    .max(2 ** 32),
  digest: hex(32),
});

export const NAMES_SHAPE = z.looseObject({
  memories: z.array(
    z.looseObject({
      name: z.string(),
      hart: index.nullable(),
      kind: z.enum(["ram", "rom", "shared"]),
      address,
      guestBase: address,
      aliasBases: z.array(address),
      size: address,
    }),
  ),
  units: z.array(
    z.looseObject({
      index,
      name: z.string(),
      kind: index,
      hart: index.nullable(),
      domain: index,
      block: address,
      blockBytes: address,
    }),
  ),
  symbols: z.array(
    z.looseObject({
      node: z.string(),
      symbols: z.array(z.looseObject({ name: z.string(), address, size: address })),
    }),
  ),
});

/** Reads JSON of a shape. A RangeError says where it is another one. */
export function readShape<T>(shape: z.ZodType<T>, bytes: Uint8Array): T {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new RangeError(`${path.join(".") || "it"}: ${message}`);
}
