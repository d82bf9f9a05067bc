/**
 * The shape of a machine file as a zod schema: the JSON Schema that `hotspare schema` prints is
 * generated from it, so every key carries its description here. What a schema cannot say (overlaps,
 * names that must exist, ranges of quantities) is in validate.ts.
 */

import { z } from "zod";
import { DEVICE_KINDS, INTERRUPT_LINES, SHARED_KINDS, TIMING_PROFILES } from "./kinds.js";
import * as limits from "./limits.js";
import { tileProcessor } from "./tile-schema.js";

const RATE = 'expected a rate in Hz, such as 100000000 or "32768.125"';
const NAME = /^[a-z][a-z0-9_-]*$/;

const name = z
  .string()
  .regex(NAME, "a name is a lower-case letter, then letters, digits, - or _")
  .max(limits.MAX_NAME_CHARS, `a name has at most ${limits.MAX_NAME_CHARS} characters`);

const text = z
  .string("expected a text in double quotes")
  .max(limits.MAX_TEXT_CHARS, `longer than ${limits.MAX_TEXT_CHARS} characters`);

const quantity = (meaning: string, example: string) => {
  const error = `expected ${meaning}, such as ${example}`;
  return z
    .union([z.int(error).nonnegative(error), z.string(error)], { error })
    .describe(`${meaning}, such as ${example}`);
};

const address = quantity("an address", '"0x1000_0000"');
const size = quantity("a size in bytes", '"128K"');
const time = z
  .string('expected a time, such as "1us"')
  .describe("a time: a number and ps, ns, us, ms or s");
const reference = z.string("expected the name of a clock").describe("name of a clock");

const count = (least: number, most: number) =>
  z
    .int(`expected a whole number from ${least} to ${most}`)
    .min(least, `expected a whole number from ${least} to ${most}`)
    .max(most, `expected a whole number from ${least} to ${most}`);

const wait = count(0, limits.MAX_WAIT_CYCLES)
  .optional()
  .describe("wait states added to every access, in cycles of the node's clock; default 0");

const memory = z
  .strictObject(
    {
      kind: z
        .enum(["ram", "rom"], 'expected "ram" or "rom"')
        .describe("rom: stores are access faults"),
      base: address,
      size,
      alias_bases: z
        .array(address)
        .max(4, "at most 4 aliases")
        .optional()
        .describe("further addresses of the same bytes; for a rom only"),
      wait_cycles: wait,
    },
    "expected a memory: an object with kind, base and size",
  )
  .describe("private memory of the node, in pages of 4 KiB");

const deviceKeys = {
  base: address,
  wait_cycles: wait,
};
const interrupt = count(0, INTERRUPT_LINES - 1)
  .optional()
  .describe("line of the node's interrupt unit that the device's interrupt output drives");
const defaultClock = reference.optional().describe("name of a clock; default the node's");

const feeders = z
  .array(reference, "expected a list of clocks")
  .min(2, "expected at least two feeders")
  .max(limits.MAX_FEEDERS, `at most ${limits.MAX_FEEDERS} feeders`)
  .describe("clocks of equal rate that can drive a block; their numbers are their places here");

const device = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({
        kind: z.literal("ns16550a"),
        ...deviceKeys,
        clock: reference.describe("name of the clock that baud rates are divided from"),
        interrupt,
      }),
      z.strictObject({
        kind: z.literal("clint"),
        ...deviceKeys,
        clock: reference.describe("name of the clock that mtime counts"),
      }),
      z.strictObject({
        kind: z.literal("interrupt-unit"),
        ...deviceKeys,
        clock: defaultClock,
      }),
      z.strictObject({ kind: z.literal("gpio"), ...deviceKeys, clock: defaultClock, interrupt }),
      z.strictObject({
        kind: z.literal("watchdog"),
        ...deviceKeys,
        clock: defaultClock,
        interrupt,
      }),
      z.strictObject({ kind: z.literal("status"), ...deviceKeys, clock: defaultClock }),
      ...(["pwm", "adc"] as const).map((kind) =>
        z.strictObject({ kind: z.literal(kind), ...deviceKeys, clock: defaultClock, interrupt }),
      ),
      ...(["sensors", "nvm"] as const).map((kind) =>
        z.strictObject({
          kind: z.literal(kind),
          ...deviceKeys,
          clock: reference.describe("name of its clock; its times are for 1 MHz"),
          interrupt,
        }),
      ),
      z.strictObject({
        kind: z.literal("lockstep"),
        ...deviceKeys,
        interrupt,
        delay_cycles: count(1, 15)
          .optional()
          .describe("cycles by which the second core runs behind; default 2"),
      }),
      z.strictObject({
        kind: z.literal("clock-switch"),
        ...deviceKeys,
        clock: reference.describe("a clock that no feeder drives"),
        interrupt,
        feeders,
      }),
    ],
    { error: `expected a device with a kind: ${Object.keys(DEVICE_KINDS).join(", ")}` },
  )
  .describe("a device private to the node");

const view = z
  .strictObject(
    {
      node: z.string("expected a node's name").describe("a node, or a group of nodes"),
      base: address,
      offset: address.optional().describe("first register that the view shows; default 0"),
      size,
      rights: z
        .enum(["read", "read-write"], 'expected "read" or "read-write"')
        .optional()
        .describe("what the node may do; default read-write"),
      wait_cycles: wait,
    },
    "expected a view: an object with node, base and size",
  )
  .describe("where a node sees a part of the device's registers");

const views = z.array(view, "expected a list of views").max(limits.MAX_VIEWS);

const windingSet = z.strictObject(
  {
    pwm: z.string("expected a PWM unit").describe("drives its inverter, NODE.DEVICE"),
    adc: z.string("expected a converter").optional().describe("reads its sensors, NODE.DEVICE"),
  },
  "expected a winding set: an object with pwm and adc",
);

const sharedDevice = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({
        kind: z.literal("peci"),
        clock: reference.describe("name of the clock that bit times count; the client's too"),
        client: z
          .string("expected the name of a package")
          .optional()
          .describe("name of the package at the other end of the wire; default: nobody"),
        views,
      }),
      z.strictObject({
        kind: z.literal("clock-monitor"),
        clock: reference.describe("a clock that no feeder drives"),
        views,
        feeders,
        external: reference
          .optional()
          .describe("clock of a monitor outside of the chip that knows the right rate"),
        window_cycles: count(16, 4096)
          .optional()
          .describe("cycles of a reference in which another is counted; default 64"),
      }),
      z.strictObject({
        kind: z.literal("plant"),
        clock: reference.describe("has a whole number of cycles in 10 us"),
        sets: z
          .array(windingSet, "expected a list of winding sets")
          .length(2, "the motor has two winding sets")
          .describe("what drives and what senses each winding set"),
        bench_rpm: count(1, 10_000)
          .optional()
          .describe("turns a minute at which a test bench turns the shaft; default: it is free"),
      }),
      ...(["gpio", "voltage-monitor", "kcs", "package", "power", "fans"] as const).map((kind) =>
        z.strictObject({ kind: z.literal(kind), clock: reference, views }),
      ),
    ],
    { error: `expected a device that nodes may share: ${SHARED_KINDS.join(", ")}` },
  )
  .describe("a device that several nodes reach; it belongs to none of them");

const foreign = z
  .strictObject(
    {
      base: address,
      size,
      owner: z.string("expected a node's name").describe("the node it is of"),
      answer: z
        .enum(["fault", "ignore"], 'expected "fault" or "ignore"')
        .optional()
        .describe("ignore: loads read 0 and stores are dropped; default fault"),
    },
    "expected a foreign place: an object with base, size and owner",
  )
  .describe("a place of the global map that another node owns: no bus path leads there");

const node = z
  .strictObject(
    {
      count: count(1, limits.MAX_HARTS)
        .optional()
        .describe("makes a group of equal nodes NAME0, NAME1, ... with private memories each"),
      isa: z.string("expected an ISA string").describe("rv32i, then m, a, c, e.g. rv32imac"),
      timing: z
        .enum([...TIMING_PROFILES.keys()] as [string, ...string[]], {
          error: `expected a timing profile: ${[...TIMING_PROFILES.keys()].join(", ")}`,
        })
        .describe("timing profile of the hart"),
      clock: reference,
      boot: address.describe("pc after reset"),
      firmware: text.optional().describe("ELF to load, a path relative to this file"),
      memories: z.record(name, memory, "expected an object of memories"),
      devices: z.record(name, device, "expected an object of devices").optional(),
      foreign: z.record(name, foreign, "expected an object of foreign places").optional(),
    },
    "expected a node: an object with isa, timing, clock, boot and memories",
  )
  .describe("one hart, its private memories and devices, its firmware");

const shared = z
  .strictObject(
    {
      base: address,
      size,
      clock: reference.describe("name of the clock of the memory's port"),
      latency_cycles: count(0, limits.MAX_WAIT_CYCLES).describe(
        "cycles of its clock from grant to data",
      ),
      occupancy_cycles: count(1, limits.MAX_WAIT_CYCLES).describe(
        "cycles of its clock for which one access holds the port",
      ),
      wait_cycles: wait,
      nodes: z
        .array(z.string("expected a node's name"), "expected a list of nodes")
        .min(1, "expected at least one node")
        .max(limits.MAX_PORTS, `at most ${limits.MAX_PORTS} nodes reach one shared memory`),
    },
    "expected a shared memory: an object with base, size, clock, latency_cycles, ... and nodes",
  )
  .describe("RAM behind an arbiter that several nodes reach");

const link = z
  .strictObject(
    {
      between: z
        .tuple([z.string(), z.string()], 'expected two UARTs, such as ["a.uart1", "b.uart1"]')
        .describe("two UARTs, NODE.uartN"),
      latency: time,
    },
    "expected a link: an object with between and latency",
  )
  .describe("joins two UARTs, each one's transmitter to the other's receiver");

const wire = z
  .strictObject(
    {
      from: z.string("expected an output").describe("an output, NODE.DEVICE.PIN or DEVICE.PIN"),
      to: z
        .string("expected an input")
        .describe("an input, NODE.DEVICE.PIN, DEVICE.PIN, NODE.reset or NODE.power"),
      latency_cycles: count(1, limits.MAX_WIRE_LATENCY_CYCLES).describe(
        "cycles of the receiver's clock",
      ),
    },
    "expected a wire: an object with from, to and latency_cycles",
  )
  .describe("carries the level of an output to an input");

const rate = z
  .union([z.int(RATE).positive(RATE), z.string(RATE)], { error: RATE })
  .describe("1 to 10^10 Hz; as text with up to three decimals, `_` between digits");

const CLOCK = "expected a clock: an object with rate_hz, or with follows";
const clock = z.union(
  [
    z.strictObject({ rate_hz: rate }, CLOCK),
    z.strictObject(
      {
        follows: reference.describe(
          "a clock with a rate: its edges are this one's until a clock switch chooses another",
        ),
      },
      CLOCK,
    ),
  ],
  { error: CLOCK },
);

export const machineSchema = z
  .strictObject(
    {
      $schema: z.string().optional().describe("for editors: the JSON Schema of this file"),
      machine: name.describe("the machine's name"),
      summary: text.optional().describe("one sentence for `hotspare models` and `describe`"),
      model_id: count(0, 0xffff_ffff)
        .optional()
        .describe("number that firmware reads in the status unit's MODEL register; default 0"),
      seed: quantity("a seed", "1").optional().describe("default seed of random numbers; 1"),
      halt_latency: time
        .optional()
        .describe("time after which a halt asked for by one hart stops the others; default 1us"),
      clocks: z.record(name, clock, "expected an object of clocks"),
      nodes: z.record(name, node, "expected an object of nodes"),
      shared: z.record(name, shared, "expected an object of shared memories").optional(),
      devices: z
        .record(name, sharedDevice, "expected an object of shared devices")
        .optional()
        .describe("devices that several nodes reach"),
      tile_processors: z
        .record(name, tileProcessor, "expected an object of tile processors")
        .optional()
        .describe("chips of tiles with an exchange fabric"),
      links: z.array(link, "expected a list of links").max(limits.MAX_LINKS).optional(),
      wires: z.array(wire, "expected a list of wires").max(limits.MAX_WIRES).optional(),
      not_modelled: z
        .array(text, "expected a list of sentences")
        .max(100)
        .optional()
        .describe("what the real system has and this model has not; printed by describe"),
    },
    "expected a machine: an object with machine, clocks and nodes",
  )
  .describe("hotspare machine file");

/** A machine file that has the right shape; quantities are still text. */
export type MachineFile = z.infer<typeof machineSchema>;

/** The JSON Schema (draft 2020-12) of machine files. */
export function machineJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(machineSchema) as Record<string, unknown>;
}
