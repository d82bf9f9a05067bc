/**
 * Names of nodes, devices and pins as links, wires and the command line write them: `NODE`,
 * `NODE.DEVICE`, `NODE.DEVICE.PIN`. In a group of count N, NODE is `name0` to `name(N-1)`.
 */

import type { Place } from "../error/index.js";
import type {
  DeviceDescription,
  MachineDescription,
  NodeDescription,
  SharedDeviceDescription,
} from "./description.js";
import { nodeNames } from "./description.js";
import { refuse } from "./errors.js";
import { deviceKind, NODE_PINS } from "./kinds.js";
import { suggestion } from "./nearest.js";

export interface FoundNode {
  readonly node: NodeDescription;
  /** Index of its hart. */
  readonly hart: number;
}

export interface FoundDevice extends FoundNode {
  /** `NODE.DEVICE`. */
  readonly name: string;
  readonly device: DeviceDescription;
}

/** What carries a pin: a device of a node, a device of no node, or a node itself. */
export type PinOwner =
  | { readonly device: DeviceDescription; readonly hart: number }
  | { readonly device: SharedDeviceDescription; readonly hart: null }
  | { readonly device: null; readonly hart: number };

export interface FoundPin {
  /** `NODE.DEVICE`, `DEVICE` or `NODE`. */
  readonly name: string;
  readonly owner: PinOwner;
  /** The node it is in, or null. */
  readonly node: NodeDescription | null;
  readonly pin: string;
  readonly bit: number;
}

export class NameTable {
  private readonly harts = new Map<string, FoundNode>();
  private readonly groups = new Map<string, FoundNode[]>();
  private readonly shared: ReadonlyMap<string, SharedDeviceDescription>;

  /** @throws UserError E109 when two rows of the file stand for one node name. */
  constructor(description: MachineDescription) {
    this.shared = new Map(description.devices.map((device) => [device.name, device]));
    let hart = 0;
    for (const node of description.nodes) {
      const found: FoundNode[] = [];
      for (const name of nodeNames(node)) {
        if (this.harts.has(name)) {
          const what = `the node "${name}" exists twice: by itself and as one of a group`;
          refuse("E109", what, node.place, "rename one of them");
        }
        const row = { node, hart };
        this.harts.set(name, row);
        found.push(row);
        hart += 1;
      }
      this.groups.set(node.name, found);
    }
  }

  /** All nodes that a node's or a group's name stands for; undefined when there is none. */
  nodes(name: string): readonly FoundNode[] | undefined {
    const single = this.harts.get(name);
    return single ? [single] : this.groups.get(name);
  }

  known(): string[] {
    return [...new Set([...this.groups.keys(), ...this.harts.keys()])];
  }

  /** The device that `NODE.DEVICE` names. @throws UserError E106. */
  device(text: string, place: Place): FoundDevice {
    const [nodeName = "", deviceName, ...rest] = text.split(".");
    if (deviceName === undefined || rest.length > 0) {
      refuse("E106", `"${clip(text)}" is not a device`, place, "write NODE.DEVICE");
    }
    return this.deviceOf(nodeName, deviceName, place);
  }

  /**
   * The pin that `NODE.DEVICE.PIN`, `DEVICE.PIN` (a device of no node) or, as an input, `NODE.reset`
   * or `NODE.power` names.
   * @throws UserError E106.
   */
  pin(text: string, direction: "output" | "input", place: Place): FoundPin {
    const parts = text.split(".");
    const [first = "", second = "", third] = parts;
    if (parts.length === 2) return this.shortPin(first, second, direction, place);
    if (third === undefined || parts.length > 3) {
      refuse("E106", `"${clip(text)}" is not a pin`, place, "write NODE.DEVICE.PIN");
    }
    const { name, node, hart, device } = this.deviceOf(first, second, place);
    const bit = pinBit(name, device.kind, third, direction, place);
    return { name, owner: { device, hart }, node, pin: third, bit };
  }

  private shortPin(
    name: string,
    pin: string,
    direction: "output" | "input",
    place: Place,
  ): FoundPin {
    const device = this.shared.get(name);
    if (device !== undefined) {
      const bit = pinBit(name, device.kind, pin, direction, place);
      return { name, owner: { device, hart: null }, node: null, pin, bit };
    }
    const found = this.harts.get(name);
    const bit = NODE_PINS.get(pin);
    if (found !== undefined && bit !== undefined && direction === "input") {
      return { name, owner: { device: null, hart: found.hart }, node: found.node, pin, bit };
    }
    const what = `"${clip(`${name}.${pin}`)}" is not a pin`;
    const hint =
      found === undefined
        ? suggestion(name, [...this.shared.keys(), ...this.harts.keys()])
        : `write ${name}.DEVICE.PIN, or as an input ${name}.reset or ${name}.power`;
    refuse("E106", what, place, hint);
  }

  private deviceOf(nodeName: string, deviceName: string, place: Place): FoundDevice {
    const found = this.harts.get(nodeName);
    if (found === undefined) {
      const group = this.groups.has(nodeName);
      const what = group
        ? `"${clip(nodeName)}" is a group: one of its nodes must be named`
        : `there is no node "${clip(nodeName)}"`;
      const hint = group ? `write "${nodeName}0"` : suggestion(nodeName, [...this.harts.keys()]);
      refuse("E106", what, place, hint);
    }
    const device = found.node.devices.find(({ name }) => name === deviceName);
    if (device === undefined) {
      const what = `the node "${nodeName}" has no device "${clip(deviceName)}"`;
      const known = found.node.devices.map(({ name }) => name);
      refuse("E106", what, place, suggestion(deviceName, known));
    }
    return { ...found, device, name: `${nodeName}.${deviceName}` };
  }
}

function pinBit(
  owner: string,
  kindName: DeviceDescription["kind"],
  pin: string,
  direction: "output" | "input",
  place: Place,
): number {
  const kind = deviceKind(kindName);
  const known = direction === "output" ? kind.outputs : kind.inputs;
  const bit = known.get(pin);
  if (bit === undefined) {
    const what = `"${owner}" (${kind.name}) has no ${direction} "${clip(pin)}"`;
    refuse("E106", what, place, suggestion(pin, [...known.keys()]));
  }
  return bit;
}

/** Text from outside, short enough for a line of error. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
