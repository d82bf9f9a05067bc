/** The shape of scenario files. Meaning and examples: docs/scenarios.md. */

import { z } from "zod";
import { faultSchema } from "./fault-file.js";

const text = z.string("expected text").min(1).max(4096);
const time = text.describe("a machine time: 10ms, 500us, 2000c, 2000c@CLOCK");
const number = z.union([z.int(), text], { error: "expected an integer or its text" });
const event = text.describe(
  "uart:NODE.uartN:TEXT, trace:UNIT.EVENT[:name=value,...], wire:NAME=0|1, pc:NODE=SYMBOL",
);
const events = z.array(event, "expected a list of events").min(1).max(64);

const stimulus = z.strictObject(
  {
    at: time.optional(),
    after: event.optional().describe("instead of at: the event after which it is done"),
    delay: time.optional().describe("from that event on, at least 10us; default 100us"),
    uart: text.optional().describe("UART that receives"),
    send: text.optional().describe("what it receives; C escapes"),
    pin: text.optional().describe("input pin without a wire: NODE.DEVICE.PIN"),
    level: z.int().min(0).max(1).optional(),
  },
  "expected a stimulus: an object with at or after",
);

const expectation = z.strictObject(
  {
    name: text.optional().describe("what errors and results call it"),
    violation: z.boolean().optional().describe("an invariant: its failure is a violation"),
    event: event.optional().describe("must happen"),
    never: event.optional().describe("must not happen"),
    between: z
      .tuple([event, event])
      .optional()
      .describe("each first event is followed by a second"),
    memory: text.optional().describe("NODE/SYMBOL+OFFSET, NODE/ADDRESS or MEMORY/OFFSET"),
    wire: text.optional().describe("a pin or a wire"),
    state: text.optional().describe("a node"),
    halt: z.enum(["tohost", "store", "power", "none"]).optional(),
    output: text.optional().describe("a UART: all that it has sent"),
    check: text.optional().describe("a check of the host: docs/scenarios.md"),
    with: z.record(z.string(), z.unknown()).optional().describe("of check: what it takes"),
    count: z
      .union([
        z.int().min(0),
        z.strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() }),
      ])
      .optional()
      .describe("of event: how often; default at least once"),
    after: time.optional().describe("of event, never: from this time on"),
    before: time.optional().describe("of event, never: until just before this time"),
    at: time.optional().describe("of memory, wire, state: when; default the end"),
    at_least: time.optional().describe("of between"),
    at_most: time.optional().describe("of between"),
    bytes: z
      .union([z.literal(1), z.literal(2), z.literal(4)])
      .optional()
      .describe("of memory; 4"),
    mask: number.optional().describe("of memory: bits that are compared"),
    equals: number.optional().describe("of memory, halt, output"),
    min: number.optional().describe("of memory"),
    max: number.optional().describe("of memory"),
    level: z.int().min(0).max(1).optional().describe("of wire"),
    is: z.enum(["running", "asleep", "waking", "stopped"]).optional().describe("of state"),
    matches: text.optional().describe("of output: a regular expression"),
  },
  "expected an expectation: an object",
);

export const scenarioSchema = z
  .strictObject(
    {
      $schema: z.string().optional().describe("for editors: the JSON Schema of this file"),
      summary: text.describe("one sentence: what the scenario shows"),
      machine: text.optional().describe("machine file, relative; default ../machine.json"),
      seed: number.optional(),
      firmware: z.record(z.string(), text).optional().describe("ELF by node, relative"),
      for: time.describe("machine time at which it ends"),
      until: event.optional().describe("ends it earlier: 100us after this event"),
      stimuli: z.array(stimulus).max(10_000).optional(),
      faults: z.array(faultSchema).max(100_000).optional(),
      expect: z.array(expectation).min(1).max(1000),
      progress: z
        .strictObject({
          events: events.describe("signs of life"),
          within: time.describe("a longer time without one is a hang"),
        })
        .optional(),
      classes: z
        .strictObject({
          detected: events.optional().describe("the system has noticed"),
          degraded: events.optional().describe("it goes on with less, as designed"),
          recovered: events.optional().describe("it has got over it"),
        })
        .optional(),
      sweep: z
        .strictObject({
          faults: z.array(faultSchema).min(1).max(100_000).describe("without triggers"),
          every: time.describe("the grid of times"),
          window: text.optional().describe("A..B; default the whole scenario"),
        })
        .optional()
        .describe(
          "what `hotspare campaign` does when no --faults, --every, --window say otherwise",
        ),
    },
    "expected a scenario: an object with summary, for and expect",
  )
  .describe("hotspare scenario file");

export type ScenarioFile = z.infer<typeof scenarioSchema>;
export type ExpectationFile = z.infer<typeof expectation>;

/** The JSON Schema (draft 2020-12) of scenario files. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioSchema) as Record<string, unknown>;
}
