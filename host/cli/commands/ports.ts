/** `hotspare ports`: the serial ports of this computer, with USB ids. */

import { Exit } from "../../error/index.js";
import { listPorts, type PortEntry } from "../../node/ports.js";
import type { Action } from "../table.js";
import { table } from "../text-table.js";

export const action: Action = async () => {
  const entries = await listPorts();
  const ports = entries.map((port) => ({
    path: port.path,
    vendorId: port.vendorId ?? null,
    productId: port.productId ?? null,
    serialNumber: port.serialNumber ?? null,
    manufacturer: port.manufacturer ?? null,
    byId: port.byId ?? null,
  }));
  const text = entries.length === 0 ? "no serial ports\n" : table(entries.map(row));
  return { json: { ports }, text, exitCode: Exit.PASS };
};

function row(port: PortEntry): string[] {
  const usb = port.vendorId === undefined ? "" : `usb ${port.vendorId}:${port.productId}`;
  return [port.path, usb, port.manufacturer ?? "", port.serialNumber ?? "", port.byId ?? ""];
}
