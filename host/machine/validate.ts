/**
 * What a schema cannot say about a machine: limits, clocks, nodes, devices, paths. Address maps are
 * checked in validate-map.ts, wires and links in validate-wires.ts. A description that passes can
 * be elaborated.
 */

import type { Place } from "../error/index.js";
import type {
  DeviceDescription,
  MachineDescription,
  NodeDescription,
  SharedDeviceDescription,
} from "./description.js";
import { refuse } from "./errors.js";
import { type DeviceKindName, deviceKind, misaOf } from "./kinds.js";
import * as limits from "./limits.js";
import { NameTable } from "./names.js";
import { suggestion } from "./nearest.js";
import { validateMaps } from "./validate-map.js";
import { validateWiring } from "./validate-wires.js";

/** @throws UserError E104 to E118: the first mistake found. */
export function validate(description: MachineDescription): void {
  checkCounts(description);
  const names = new NameTable(description);
  checkClocks(description);
  for (const node of description.nodes) checkNode(node);
  checkSharers(description, names);
  checkSharedDevices(description, names);
  validateMaps(description, names);
  validateWiring(description, names);
}

function checkCounts(description: MachineDescription): void {
  const harts = description.nodes.reduce((sum, { count }) => sum + (count ?? 1), 0);
  const rows: readonly [string, number, number][] = [
    ["clocks", description.clocks.length, limits.MAX_CLOCKS],
    ["nodes", harts, limits.MAX_HARTS],
    ["shared memories", description.shared.length, limits.MAX_SHARED],
    ["shared devices", description.devices.length, limits.MAX_SHARED_DEVICES],
  ];
  for (const [what, count, most] of rows) {
    if (count > most) {
      const hint = `a machine has at most ${most} ${what}`;
      refuse("E113", `${count} ${what} are too many`, description.place, hint);
    }
  }
  if (harts === 0) {
    refuse("E102", "the machine has no node", description.place, 'add one to "nodes"');
  }
}

/** Its own clock, and those that it switches or watches. */
function clocksOf(device: DeviceDescription | SharedDeviceDescription): string[] {
  const { feeders = [], external } = device.settings;
  return [device.clock, ...feeders, ...(external === undefined ? [] : [external])];
}

/** Every clock that is named exists, and every clock that exists is named. */
function checkClocks(description: MachineDescription): void {
  const known = description.clocks.map(({ name }) => name);
  const unused = new Set(known);
  const use = (clock: string, user: string, place: NodeDescription["place"]): void => {
    if (!known.includes(clock)) {
      const what = `${user} names a clock "${clock.slice(0, 60)}" that does not exist`;
      refuse("E106", what, place, suggestion(clock, known));
    }
    unused.delete(clock);
  };
  for (const node of description.nodes) {
    use(node.clock, `the node "${node.name}"`, node.place);
    for (const device of node.devices) {
      for (const clock of clocksOf(device))
        use(clock, `"${node.name}.${device.name}"`, device.place);
    }
  }
  for (const shared of description.shared) {
    use(shared.clock, `the shared memory "${shared.name}"`, shared.place);
  }
  for (const { name, clock, place } of description.tileProcessors) use(clock, `"${name}"`, place);
  for (const device of description.devices) {
    for (const clock of clocksOf(device)) use(clock, `"${device.name}"`, device.place);
  }
  for (const { name, feeder, place } of description.clocks) {
    if (feeder !== null) use(feeder, `the clock "${name}"`, place);
  }
  for (const { name, place } of description.clocks) {
    if (unused.has(name)) {
      refuse(
        "E116",
        `the clock "${name}" drives nothing`,
        place,
        "remove it, or name it in a user",
      );
    }
  }
}

function checkNode(node: NodeDescription): void {
  if (misaOf(node.isa) === undefined) {
    refuse(
      "E112",
      `the node "${node.name}" has an ISA string "${node.isa.slice(0, 60)}" that no hart has`,
      node.place,
      "write rv32i, then m, a, c as needed, in lower case: rv32imc or rv32imac",
    );
  }
  checkPath(node);
  const singles = new Map<DeviceKindName, DeviceDescription>();
  const names = new Set(node.memories.map(({ name }) => name));
  for (const device of node.devices) {
    if (names.has(device.name)) {
      const what = `"${node.name}.${device.name}" is both a memory and a device`;
      refuse("E109", what, device.place, "rename one of them");
    }
    checkDevice(node, device, singles);
  }
}

function checkDevice(
  node: NodeDescription,
  device: DeviceDescription,
  singles: Map<DeviceKindName, DeviceDescription>,
): void {
  const uart = device.kind === "ns16550a";
  if (uart !== /^uart[0-9]+$/.test(device.name)) {
    const what = uart
      ? `the UART "${node.name}.${device.name}" is not named uartN`
      : `"${node.name}.${device.name}" has a UART's name but is a ${device.kind}`;
    refuse("E108", what, device.place, "UARTs, and only they, are named uart0, uart1, ...");
  }
  const other = singles.get(device.kind);
  if (deviceKind(device.kind).single && other !== undefined) {
    const what = `the node "${node.name}" has two ${device.kind} devices`;
    refuse("E109", what, device.place, `remove it: "${other.name}" is the first`);
  }
  singles.set(device.kind, device);
}

/** Firmware paths are relative and stay in the machine file's folder (architecture, section 7). */
function checkPath(node: NodeDescription): void {
  const path = node.firmware;
  if (path === null) return;
  const hint = 'write a relative path with "/" inside the folder, e.g. "prebuilt/board.elf"';
  const fail = (why: string): never =>
    refuse("E111", `the firmware path "${path.slice(0, 60)}" ${why}`, node.firmwarePlace, hint);
  const parts = path.split("/");
  if (path === "" || /\p{Cc}/u.test(path)) fail("is empty or holds control characters");
  if (path.includes("\\")) fail("holds a backslash");
  if (parts[0] === "" || /^[A-Za-z]:/.test(path)) fail("is absolute");
  let depth = 0;
  for (const part of parts) {
    depth += part === ".." ? -1 : part === "." || part === "" ? 0 : 1;
    if (depth < 0) fail("leaves the machine file's folder");
  }
  if (depth === 0 || parts.at(-1) === "" || parts.at(-1) === "..") fail("names no file");
}

/** Shared memories name nodes that exist, each once. */
function checkSharers(description: MachineDescription, names: NameTable): void {
  for (const shared of description.shared) {
    const harts = new Set<number>();
    for (const name of shared.nodes) {
      const found = names.nodes(name);
      if (found === undefined) {
        const what = `"${shared.name}" names a node "${name.slice(0, 60)}" that does not exist`;
        refuse("E106", what, shared.place, suggestion(name, names.known()));
      }
      for (const { hart } of found) {
        if (harts.has(hart)) {
          const what = `the shared memory "${shared.name}" names the node "${name}" twice`;
          refuse("E109", what, shared.place, "name each node once");
        }
        if (hart >= limits.MAX_PORTS) {
          const what = `the shared memory "${shared.name}" is reached by hart ${hart}`;
          const hint = `only the first ${limits.MAX_PORTS} harts reach one: list those nodes first`;
          refuse("E113", what, shared.place, hint);
        }
        harts.add(hart);
      }
    }
  }
}

/** The client of a PECI engine is a package on the same clock: bit times are theirs together. */
function checkClient(
  description: MachineDescription,
  engine: string,
  client: string,
  clock: string,
  place: Place,
): void {
  const packages = description.devices.filter(({ kind }) => kind === "package");
  const found = packages.find(({ name }) => name === client);
  if (found === undefined) {
    const what = `"${engine}" names a client "${client.slice(0, 60)}" that is no package`;
    const names = packages.map(({ name }) => name);
    refuse("E106", what, place, suggestion(client, names));
  }
  if (found.clock !== clock) {
    const what = `"${engine}" and its client "${client}" have different clocks`;
    refuse("E119", what, place, `give both the clock "${clock}"`);
  }
}

/** Devices of no node: names of their own, views of nodes that exist, inside the registers. */
function checkSharedDevices(description: MachineDescription, names: NameTable): void {
  const taken = new Set([...names.known(), ...description.shared.map(({ name }) => name)]);
  for (const { name, kind, client, clock, views, place } of description.devices) {
    if (client !== null) checkClient(description, name, client, clock, place);
    if (taken.has(name)) {
      const what = `"${name}" is a device and also a node or a shared memory`;
      refuse("E109", what, place, "rename one of them");
    }
    const window_bytes = deviceKind(kind).window_bytes;
    for (const view of views) {
      if (names.nodes(view.node) === undefined) {
        const what = `"${name}" names a node "${view.node.slice(0, 60)}" that does not exist`;
        refuse("E106", what, view.place, suggestion(view.node, names.known()));
      }
      if (view.offset + view.size > window_bytes) {
        const what = `a view of "${name}" leaves its registers of ${window_bytes} bytes`;
        refuse("E105", what, view.place, "choose a smaller offset or size");
      }
    }
  }
}
