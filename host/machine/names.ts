/**
 * Names of nodes, devices and pins as links, wires and the command line write them: `NODE`,
 * `NODE.DEVICE`, `NODE.DEVICE.PIN`. In a group of count N, NODE is `name0` to `name(N-1)`.
 */

import type { Place } from "../error/index.js";
import type { DeviceDescription, MachineDescription, NodeDescription } from "./description.js";
import { nodeNames } from "./description.js";
import { refuse } from "./errors.js";
import { deviceKind } from "./kinds.js";
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

export interface FoundPin extends FoundDevice {
  readonly pin: string;
  readonly bit: number;
}

export class NameTable {
  private readonly harts = new Map<string, FoundNode>();
  private readonly groups = new Map<string, FoundNode[]>();

  /** @throws UserError E109 when two rows of the file stand for one node name. */
  constructor(description: MachineDescription) {
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

  /** The pin that `NODE.DEVICE.PIN` names. @throws UserError E106. */
  pin(text: string, direction: "output" | "input", place: Place): FoundPin {
    const [nodeName = "", deviceName = "", pin, ...rest] = text.split(".");
    if (pin === undefined || rest.length > 0) {
      refuse("E106", `"${clip(text)}" is not a pin`, place, "write NODE.DEVICE.PIN");
    }
    const found = this.deviceOf(nodeName, deviceName, place);
    const kind = deviceKind(found.device.kind);
    const known = direction === "output" ? kind.outputs : kind.inputs;
    const bit = known.get(pin);
    if (bit === undefined) {
      const what = `"${found.name}" (${kind.name}) has no ${direction} "${clip(pin)}"`;
      refuse("E106", what, place, suggestion(pin, [...known.keys()]));
    }
    return { ...found, pin, bit };
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

/** Text from outside, short enough for a line of error. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
