/**
 * From the text of a machine file to a validated description: JSON with comments, then the schema,
 * then quantities as numbers, then everything that concerns more than one value (validate.ts). The
 * first mistake ends it with a UserError that names file and line.
 */

import type { Place } from "../error/index.js";
import type * as types from "./description.js";
import { refuse } from "./errors.js";
import { type JsonDocument, type Path, readJson } from "./jsonc.js";
import * as limits from "./limits.js";
import { suggestion } from "./nearest.js";
import { readInteger, readRate_mhz, readSize, readTime_ps } from "./quantities.js";
import { type MachineFile, machineSchema } from "./schema.js";
import { quoted, refuseShape } from "./shape.js";
import { tileNodes, tileProcessorOf } from "./tile-processor.js";
import { validate } from "./validate.js";

const ADDRESS_SPACE = 1n << 32n;
const MAX_SEED = (1n << 64n) - 1n;
const CODES = { value: "E102", key: "E103", name: "E108" } as const;

/**
 * Reads a machine file.
 * @param text its content.
 * @param file the name that errors show.
 * @throws UserError E101 to E119.
 */
export function parseMachine(text: string, file: string): types.MachineDescription {
  const document = readJson(text, file);
  const result = machineSchema.safeParse(document.value);
  if (!result.success) {
    return refuseShape(result.error.issues, machineSchema, document, { file, codes: CODES });
  }
  const description = new Converter(document, file).machine(result.data);
  validate(description);
  return description;
}

type Of<Key extends keyof MachineFile> = NonNullable<MachineFile[Key]>;
type NodeFile = Of<"nodes">[string];
type SharedDeviceFile = Of<"devices">[string];
type Quantity = number | string;

/** The keys of a device that only its kind has. */
function settingsOf(row: object): types.DeviceSettings {
  const known = [
    "delay_cycles",
    "feeders",
    "external",
    "window_cycles",
    "sets",
    "bench_rpm",
  ] as const;
  const given = row as types.DeviceSettings;
  return Object.fromEntries(
    known.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]),
  );
}

class Converter {
  constructor(
    private readonly document: JsonDocument,
    private readonly file: string,
  ) {}

  machine(data: MachineFile): types.MachineDescription {
    const chips = Object.entries(data.tile_processors ?? {}).map(([name, row]) => {
      const path: Path = ["tile_processors", name];
      const place = this.place(path);
      const chip = tileProcessorOf(name, row, place);
      return { chip, node: tileNodes(chip, row, place, this.place([...path, "firmware"])) };
    });
    return {
      machine: data.machine,
      summary: data.summary ?? "",
      modelId: data.model_id ?? 0,
      seed: this.integer(data.seed ?? 1, MAX_SEED, ["seed"], "a seed"),
      haltLatency_ps:
        data.halt_latency === undefined
          ? null
          : this.time(data.halt_latency, limits.MAX_HALT_LATENCY_PS, ["halt_latency"]),
      clocks: Object.keys(data.clocks).map((name) => this.clock(name, data.clocks)),
      nodes: [
        ...Object.entries(data.nodes).map(([name, node]) => this.node(name, node)),
        ...chips.map(({ node }) => node),
      ],
      shared: Object.entries(data.shared ?? {}).map(([name, shared]) => ({
        ...shared,
        name,
        ...this.region(shared, ["shared", name]),
        wait_cycles: shared.wait_cycles ?? 0,
      })),
      devices: Object.entries(data.devices ?? {}).map(([name, device]) =>
        this.sharedDevice(name, device),
      ),
      tileProcessors: chips.map(({ chip }) => chip),
      links: (data.links ?? []).map(({ between, latency }, k) => ({
        between,
        latency_ps: this.time(latency, limits.MAX_LINK_LATENCY_PS, ["links", k, "latency"]),
        place: this.place(["links", k]),
      })),
      wires: (data.wires ?? []).map((wire, k) => ({ ...wire, place: this.place(["wires", k]) })),
      notModelled: data.not_modelled ?? [],
      place: { file: this.file, line: this.document.lineOf([]) },
    };
  }

  /** A clock that follows another has the other's rate; validate.ts refuses chains. */
  private clock(name: string, clocks: MachineFile["clocks"]): types.ClockDescription {
    const clock = clocks[name]!;
    const place = this.place(["clocks", name]);
    if (!("follows" in clock)) {
      const rate_mhz = this.rate(clock.rate_hz, ["clocks", name, "rate_hz"]);
      return { name, rate_mhz, feeder: null, place };
    }
    const feeder = clocks[clock.follows];
    const known = Object.keys(clocks).filter((other) => "rate_hz" in clocks[other]!);
    if (feeder === undefined || !("rate_hz" in feeder)) {
      const what = `the clock "${name}" follows "${clock.follows.slice(0, 60)}", which has no rate`;
      refuse("E106", what, place, suggestion(clock.follows, known));
    }
    const rate_mhz = this.rate(feeder.rate_hz, ["clocks", clock.follows, "rate_hz"]);
    return { name, rate_mhz, feeder: clock.follows, place };
  }

  private sharedDevice(name: string, device: SharedDeviceFile): types.SharedDeviceDescription {
    const path: Path = ["devices", name];
    return {
      name,
      kind: device.kind,
      clock: device.clock,
      client: ("client" in device ? device.client : undefined) ?? null,
      settings: settingsOf(device),
      views: ("views" in device ? device.views : []).map((view, k) => ({
        node: view.node,
        ...this.region(view, [...path, "views", k]),
        offset: this.address(view.offset ?? 0, [...path, "views", k, "offset"]),
        rights: view.rights ?? "read-write",
        wait_cycles: view.wait_cycles ?? 0,
      })),
      place: this.place(path),
    };
  }

  private node(name: string, node: NodeFile): types.NodeDescription {
    const path: Path = ["nodes", name];
    return {
      name,
      count: node.count ?? null,
      isa: node.isa,
      timing: node.timing,
      clock: node.clock,
      boot: this.address(node.boot, [...path, "boot"]),
      firmware: node.firmware ?? null,
      memories: Object.entries(node.memories).map(([memory, row]) =>
        this.memory(memory, row, [...path, "memories", memory]),
      ),
      devices: Object.entries(node.devices ?? {}).map(([device, row]) => ({
        name: device,
        kind: row.kind,
        base: this.address(row.base, [...path, "devices", device, "base"]),
        clock: ("clock" in row ? row.clock : undefined) ?? node.clock,
        interrupt: ("interrupt" in row ? row.interrupt : undefined) ?? null,
        wait_cycles: row.wait_cycles ?? 0,
        settings: settingsOf(row),
        place: this.place([...path, "devices", device]),
      })),
      foreign: Object.entries(node.foreign ?? {}).map(([foreign, row]) => ({
        name: foreign,
        owner: row.owner,
        answer: row.answer ?? "fault",
        ...this.region(row, [...path, "foreign", foreign]),
      })),
      place: this.place(path),
      firmwarePlace: this.place([...path, "firmware"]),
      bootPlace: this.place([...path, "boot"]),
    };
  }

  private memory(
    name: string,
    row: NodeFile["memories"][string],
    path: Path,
  ): types.MemoryDescription {
    return {
      name,
      kind: row.kind,
      ...this.region(row, path),
      aliasBases: (row.alias_bases ?? []).map((base, k) =>
        this.address(base, [...path, "alias_bases", k]),
      ),
      wait_cycles: row.wait_cycles ?? 0,
    };
  }

  private region(row: { base: Quantity; size: Quantity }, path: Path) {
    return {
      base: this.address(row.base, [...path, "base"]),
      size: this.size(row.size, [...path, "size"]),
      place: this.place(path),
    };
  }

  private place(path: Path): Place {
    return { file: this.file, line: this.document.lineOf(path) };
  }

  private integer(value: Quantity, most: bigint, path: Path, what: string): bigint {
    const number = readInteger(value);
    if (number === undefined) this.unreadable(path, what, value, '"0x1000_0000" or 4096');
    if (number > most) this.beyond(path, what, value, `at most 0x${most.toString(16)}`);
    return number;
  }

  private address(value: Quantity, path: Path): number {
    return Number(this.integer(value, ADDRESS_SPACE - 1n, path, "an address"));
  }

  private size(value: Quantity, path: Path): number {
    const size = readSize(value);
    if (size === undefined) this.unreadable(path, "a size", value, '"128K" or "0x2_0000"');
    // The size of a region row is a u32.
    if (size < 1n || size >= ADDRESS_SPACE)
      this.beyond(path, "a size", value, "1 byte to below 4G");
    return Number(size);
  }

  private time(value: string, most: bigint, path: Path): bigint {
    const time = readTime_ps(value);
    if (time === undefined) this.unreadable(path, "a time", value, '"1us" or "2.5ns"');
    if (time < 1n || time > most) this.beyond(path, "a time", value, `1ps to ${most / 1000n}ns`);
    return time;
  }

  private rate(value: Quantity, path: Path): bigint {
    const rate = readRate_mhz(value);
    if (rate === undefined) this.unreadable(path, "a rate", value, '100000000 or "32768.125"');
    if (rate < limits.MIN_RATE_MHZ || rate > limits.MAX_RATE_MHZ) {
      this.beyond(path, "a rate", value, "1 Hz to 10 GHz");
    }
    return rate;
  }

  private unreadable(path: Path, what: string, value: Quantity, example: string): never {
    const shown = JSON.stringify(typeof value === "string" ? value.slice(0, 60) : value);
    refuse(
      "E107",
      `${quoted(path)}: ${shown} is not ${what}`,
      this.place(path),
      `write ${example}`,
    );
  }

  private beyond(path: Path, what: string, value: Quantity, range: string): never {
    const shown = JSON.stringify(value);
    refuse(
      "E107",
      `${quoted(path)}: ${shown} is out of range`,
      this.place(path),
      `${what}: ${range}`,
    );
  }
}
