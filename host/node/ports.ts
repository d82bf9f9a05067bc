import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One serial port of this computer. */
export interface PortEntry {
  readonly path: string;
  /** USB ids, four lower-case hex digits; undefined for ports that are not on USB. */
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly serialNumber: string | undefined;
  readonly manufacturer: string | undefined;
  /** The stable name under /dev/serial/by-id, which survives a replug elsewhere. */
  readonly byId: string | undefined;
}

/** Where to look; tests give folders of their own. */
export interface PortSources {
  readonly dev: string;
  readonly sys: string;
  /** The library's list; it fails where `udevadm` is missing. */
  readonly list: () => Promise<readonly LibraryPort[]>;
}

/** What `SerialPort.list()` tells of a port. */
export interface LibraryPort {
  readonly path: string;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly pnpId?: string | undefined;
}

const THIS_COMPUTER: PortSources = {
  dev: "/dev",
  sys: "/sys",
  list: async () => (await import("serialport")).SerialPort.list(),
};

/** Device names that are serial ports on Linux: USB adapters, modems, 8250s, Arm's PL011. */
const DEVICE_NAME = /^tty(USB|ACM|S|AMA)\d+$/;

/** Lists the serial ports that exist, in order of their paths. Never fails. */
export async function listPorts(sources: PortSources = THIS_COMPUTER): Promise<PortEntry[]> {
  let entries: PortEntry[];
  try {
    entries = (await sources.list()).map(fromLibrary);
  } catch {
    entries = await scan(sources);
  }
  const present = await Promise.all(entries.map((entry) => isPresent(entry.path, sources)));
  return entries
    .filter((_, index) => present[index])
    .sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

/** `none` or a comma-separated list: for errors. */
export async function describePorts(sources: PortSources = THIS_COMPUTER): Promise<string> {
  const ports = await listPorts(sources);
  return ports.length === 0 ? "none" : ports.map((port) => port.path).join(", ");
}

function fromLibrary(port: LibraryPort): PortEntry {
  return {
    path: port.path,
    vendorId: port.vendorId?.toLowerCase(),
    productId: port.productId?.toLowerCase(),
    serialNumber: port.serialNumber,
    manufacturer: port.manufacturer,
    byId: port.pnpId,
  };
}

async function scan(sources: PortSources): Promise<PortEntry[]> {
  const names = (await entriesOf(sources.dev)).filter((name) => DEVICE_NAME.test(name));
  const byId = await stableNames(sources);
  return Promise.all(
    names.map(async (name) => {
      const path = join(sources.dev, name);
      const usb = await usbFolder(join(sources.sys, "class/tty", name, "device"), sources);
      const attribute = async (file: string) =>
        usb === undefined ? undefined : textOf(join(usb, file));
      return {
        path,
        vendorId: await attribute("idVendor"),
        productId: await attribute("idProduct"),
        serialNumber: await attribute("serial"),
        manufacturer: await attribute("manufacturer"),
        byId: byId.get(path),
      };
    }),
  );
}

/** /dev/serial/by-id: real path to stable name. */
async function stableNames(sources: PortSources): Promise<Map<string, string>> {
  const folder = join(sources.dev, "serial/by-id");
  const names = new Map<string, string>();
  for (const name of await entriesOf(folder)) {
    const path = await realpath(join(folder, name)).catch(() => undefined);
    if (path !== undefined) names.set(path, name);
  }
  return names;
}

/** The nearest folder above a tty's device that describes a USB device. */
async function usbFolder(device: string, sources: PortSources): Promise<string | undefined> {
  let folder = await realpath(device).catch(() => undefined);
  while (folder?.startsWith(sources.sys) && folder !== sources.sys) {
    if ((await textOf(join(folder, "idVendor"))) !== undefined) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

/**
 * Linux makes device nodes for 8250 ports that the computer does not have; their type in sysfs is
 * 0 (PORT_UNKNOWN of serial_core.h). Everything else that is listed exists.
 */
async function isPresent(path: string, sources: PortSources): Promise<boolean> {
  const name = /ttyS\d+$/.exec(path)?.[0];
  if (name === undefined) return true;
  const type = await textOf(join(sources.sys, "class/tty", name, "type"));
  return type !== undefined && type !== "0";
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function textOf(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text?.trim();
}
