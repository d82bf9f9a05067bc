import { UserError } from "../error/index.js";

/** An ENDPOINT of the command line, parsed. Source: cli specification, Grammars. */
export type EndpointSpec =
  | {
      readonly kind: "serial";
      readonly path: string;
      /** Rate at opening, in baud; undefined: what the guest's registers say. */
      readonly baud: number | undefined;
      /** The port keeps its settings whatever the guest's registers say. */
      readonly fixed: boolean;
    }
  | { readonly kind: "pty"; readonly link: string | undefined }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "tcp-listen"; readonly host: string; readonly port: number }
  | { readonly kind: "rfc2217-listen"; readonly host: string; readonly port: number }
  | { readonly kind: "stdio" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "loop" }
  | { readonly kind: "none" };

type Kind = EndpointSpec["kind"];
type ParserOf<K extends Kind> = (
  rest: string | undefined,
  text: string,
) => EndpointSpec & { kind: K };

/** Listeners bind the loopback interface unless a host is given. Source: bridge, section 5. */
export const LOOPBACK = "127.0.0.1";

const FORMS: Readonly<Record<Kind, string>> = {
  serial: "serial:PATH[:baud=N][:fixed]",
  pty: "pty[:LINK]",
  tcp: "tcp:HOST:PORT",
  "tcp-listen": "tcp-listen:[HOST:]PORT",
  "rfc2217-listen": "rfc2217-listen:[HOST:]PORT",
  stdio: "stdio",
  file: "file:PATH",
  loop: "loop",
  none: "none",
};

const PARSERS: { readonly [K in Kind]: ParserOf<K> } = {
  serial: parseSerial,
  pty: (rest, text) => ({ kind: "pty", link: rest === undefined ? undefined : path(rest, text) }),
  tcp: (rest, text) => ({ kind: "tcp", ...connectAddress(rest, text) }),
  "tcp-listen": (rest, text) => ({ kind: "tcp-listen", ...listenAddress(rest, text) }),
  "rfc2217-listen": (rest, text) => ({ kind: "rfc2217-listen", ...listenAddress(rest, text) }),
  stdio: (rest, text) => bare("stdio", rest, text),
  file: (rest, text) => ({ kind: "file", path: path(rest, text) }),
  loop: (rest, text) => bare("loop", rest, text),
  none: (rest, text) => bare("none", rest, text),
};

/** Endpoints that live in wall time: with one of these the default driver is paced (cli). */
const LIVE: ReadonlySet<Kind> = new Set([
  "serial",
  "pty",
  "tcp",
  "tcp-listen",
  "rfc2217-listen",
  "stdio",
]);

export function isLive(spec: EndpointSpec): boolean {
  return LIVE.has(spec.kind);
}

/** Parses an ENDPOINT. Throws UserError E240..E245 (exit 2). */
export function parseEndpoint(text: string): EndpointSpec {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? undefined : text.slice(colon + 1);
  if (!isKind(kind)) throw unknownKind(kind, text);
  return PARSERS[kind](rest, text);
}

/** One `UART=ENDPOINT` of `--serial`. Throws UserError E240..E246 (exit 2). */
export function parseSerialOption(text: string): { uart: string; endpoint: EndpointSpec } {
  const equals = text.indexOf("=");
  const uart = text.slice(0, Math.max(0, equals));
  if (!/^[^\s.=]+\.[^\s=]+$/.test(uart)) {
    throw new UserError(
      "E246",
      `"${text}" does not begin with a UART's name and "="`,
      { argument: "--serial" },
      "write NODE.uartN=ENDPOINT, for example --serial board.uart0=pty",
    );
  }
  return { uart, endpoint: parseEndpoint(text.slice(equals + 1)) };
}

/**
 * Checks that no two UARTs share what only one can have: a UART twice, standard input and output,
 * one device, one link, one file, one port number. Throws UserError E247 (exit 2).
 */
export function checkEndpoints(pairs: readonly { uart: string; endpoint: EndpointSpec }[]): void {
  const owners = new Map<string, string>();
  for (const { uart, endpoint } of pairs) {
    for (const [resource, hint] of claims(uart, endpoint)) {
      const other = owners.get(resource);
      if (other !== undefined) {
        const what =
          other === uart && resource === uart
            ? `${uart} is given two endpoints`
            : `${other} and ${uart} both use ${resource}`;
        throw new UserError("E247", what, { argument: "--serial" }, hint);
      }
      owners.set(resource, uart);
    }
  }
}

function claims(uart: string, spec: EndpointSpec): [resource: string, hint: string][] {
  const own: [string, string] = [uart, "a UART has one endpoint: remove one of the two options"];
  const another = "one UART to one endpoint: give each its own";
  switch (spec.kind) {
    case "stdio":
      return [own, ["stdio", another]];
    case "serial":
    case "file":
      return [own, [spec.path, another]];
    case "pty":
      return spec.link === undefined ? [own] : [own, [spec.link, another]];
    case "tcp-listen":
    case "rfc2217-listen":
      return spec.port === 0 ? [own] : [own, [`${spec.host} port ${spec.port}`, another]];
    default:
      return [own];
  }
}

/** The text form, from which `parseEndpoint` gives the same specification. */
export function formatEndpoint(spec: EndpointSpec): string {
  switch (spec.kind) {
    case "serial": {
      const baud = spec.baud === undefined ? "" : `:baud=${spec.baud}`;
      return `serial:${spec.path}${baud}${spec.fixed ? ":fixed" : ""}`;
    }
    case "pty":
      return spec.link === undefined ? "pty" : `pty:${spec.link}`;
    case "tcp":
    case "tcp-listen":
    case "rfc2217-listen":
      return `${spec.kind}:${formatAddress(spec.host, spec.port)}`;
    case "file":
      return `file:${spec.path}`;
    default:
      return spec.kind;
  }
}

/** `HOST:PORT`, an IPv6 host in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(FORMS, text);
}

function usage(code: string, what: string, text: string, hint?: string): UserError {
  const kind = text.split(":", 1)[0] ?? "";
  const form = isKind(kind) ? `write ${FORMS[kind]}` : "write an endpoint";
  return new UserError(code, what, { argument: `endpoint "${text}"` }, hint ?? form);
}

function unknownKind(kind: string, text: string): UserError {
  const looksLikePath = text.startsWith("/") || /^COM\d+$/i.test(text);
  const hint = looksLikePath
    ? `for a serial port write serial:${text}`
    : `use one of ${Object.values(FORMS).join(", ")}`;
  return usage("E240", `"${kind}" is no kind of endpoint`, text, hint);
}

function bare<K extends "stdio" | "loop" | "none">(
  kind: K,
  rest: string | undefined,
  text: string,
): { kind: K } {
  if (rest !== undefined) throw usage("E241", `"${kind}" takes nothing after it`, text);
  return { kind };
}

function path(rest: string | undefined, text: string): string {
  if (rest === undefined || rest === "") throw usage("E242", "the path is missing", text);
  return rest;
}

/**
 * Options are taken off the end, since device paths contain colons themselves
 * (/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0). `:115200` is short for
 * `:baud=115200`; a last part with a dot or a letter is a part of the path.
 */
function parseSerial(rest: string | undefined, text: string): EndpointSpec & { kind: "serial" } {
  let left = rest ?? "";
  let baud: number | undefined;
  let fixed = false;
  for (;;) {
    const option = /:(fixed|(?:baud=)?\d+|baud=[^:]*)$/.exec(left);
    if (option === null) break;
    const word = option[1] ?? "";
    if (word === "fixed" ? fixed : baud !== undefined) {
      throw usage("E243", `"${word}" is given twice`, text);
    }
    if (word === "fixed") fixed = true;
    else baud = baudOf(word.replace("baud=", ""), text);
    left = left.slice(0, option.index);
  }
  return { kind: "serial", path: path(left, text), baud, fixed };
}

/** Rates from 50 baud (the slowest of POSIX termios) to 20 Mbaud (beyond any USB adapter). */
function baudOf(word: string, text: string): number {
  const baud = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(baud >= 50 && baud <= 20_000_000)) {
    throw usage("E243", `"${word}" is no rate from 50 to 20000000 baud`, text);
  }
  return baud;
}

function connectAddress(rest: string | undefined, text: string): { host: string; port: number } {
  const { host, port } = splitAddress(rest, text);
  if (host === undefined) throw usage("E244", "the host is missing", text);
  if (port === 0) throw usage("E245", "port 0 cannot be connected to", text);
  return { host, port };
}

function listenAddress(rest: string | undefined, text: string): { host: string; port: number } {
  const { host, port } = splitAddress(rest, text);
  return { host: host ?? LOOPBACK, port };
}

function splitAddress(
  rest: string | undefined,
  text: string,
): { host: string | undefined; port: number } {
  const bracketed = /^\[([^\]]*)\]:([^:]*)$/.exec(rest ?? "");
  const plain = /^(?:([^:[\]]*):)?([^:[\]]*)$/.exec(rest ?? "");
  const parts = bracketed ?? plain;
  if (parts === null) {
    const hint = "an IPv6 address stands in brackets: [::1]:4000";
    throw usage("E244", `"${rest}" is no host and port`, text, hint);
  }
  const host = parts[1];
  if (host === "") throw usage("E244", "the host is empty", text);
  if (bracketed !== null && !/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%.+)?$/.test(host ?? "")) {
    throw usage("E244", `"${host}" is no IPv6 address`, text);
  }
  return { host, port: portOf(parts[2] ?? "", text) };
}

function portOf(word: string, text: string): number {
  const port = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(port <= 65535)) throw usage("E245", `"${word}" is no port number from 0 to 65535`, text);
  return port;
}
