/** The timeline of a real model, read by protoc with the fields of Perfetto's trace format. */

import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nameRecord } from "../../../host/trace/format.js";
import { machineNamer } from "../../../host/trace/namer.js";
import { TIMELINE_KINDS, TimelineWriter } from "../../../host/trace/timeline.js";
import { requireClient } from "../../support/clients.js";
import { modelMachine } from "../../support/models.js";

const protoc = requireClient("protoc", "protobuf-compiler");
const PROTO = fileURLToPath(new URL("track-event.proto", import.meta.url));
const BYTES_MAX = 1 << 28;

/** A timeline of the first 300 ms of two-nodes. */
async function twoNodes(form: "protobuf" | "json"): Promise<Buffer> {
  const machine = await modelMachine("two-nodes");
  const namer = machineNamer(machine, []);
  const parts: Uint8Array[] = [];
  const harts = machine.image.harts.map(({ name }) => name);
  const line = (name: string) => machine.uart(name).settings();
  const timeline = new TimelineWriter({ form, harts, line }, (bytes) => parts.push(bytes));
  machine.setTrace(TIMELINE_KINDS, (records) =>
    timeline.add(records.map((record) => nameRecord(record, namer))),
  );
  machine.run(300n * 10n ** 9n);
  timeline.finish(machine.now());
  return Buffer.concat(parts);
}

describe.skipIf(protoc === undefined)("protoc", () => {
  test("reads a timeline of two-nodes without an unknown field", async () => {
    const input = await twoNodes("protobuf");
    const args = [`--proto_path=${dirname(PROTO)}`, "--decode=Trace", PROTO];
    const options = { input, encoding: "utf8", maxBuffer: BYTES_MAX } as const;
    const { stdout, stderr, status } = spawnSync(protoc!, args, options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).not.toMatch(/^\s*\d+[:{ ]/m);
    expect(stdout).toContain('name: "a: all checks passed\\\\r\\\\n"');
    const count = (text: string) => stdout.split(text).length - 1;
    expect(count("TYPE_SLICE_BEGIN")).toBeGreaterThan(1000);
    expect(count("TYPE_SLICE_BEGIN")).toBe(count("TYPE_SLICE_END"));
    expect(count("interrupt line")).toBeGreaterThan(10);
    expect(count("sequence_flags: 1")).toBe(1);
  });
});

test("the JSON form holds the same events", async () => {
  const { traceEvents } = JSON.parse((await twoNodes("json")).toString());
  const names = traceEvents.map(({ name }: { name: string }) => name);
  expect(names).toContain("a: all checks passed\\r\\n");
});
