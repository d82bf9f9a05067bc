/**
 * The telnet layer under RFC 2217: option negotiation, sub-negotiations and the escaping of 0xFF.
 * No sockets: bytes in, data and events out. Sources: RFC 854 (commands), RFC 855 (options),
 * RFC 856 (binary), RFC 857 (echo), RFC 858 (suppress go-ahead), RFC 1143 (no loops), RFC 2217.
 */

export const IAC = 255;
export const DONT = 254;
export const DO = 253;
export const WONT = 252;
export const WILL = 251;
export const SB = 250;
export const SE = 240;
/** RFC 854: BREAK and ARE YOU THERE. The other commands without options mean nothing here. */
export const BRK = 243;
export const AYT = 246;

export const BINARY = 0;
export const ECHO = 1;
export const SUPPRESS_GO_AHEAD = 3;
export const COM_PORT_OPTION = 44;

/** Which side may have an option on: us (WILL), the client (DO). All others are refused. */
interface OptionRow {
  readonly option: number;
  readonly us: boolean;
  readonly them: boolean;
}

/**
 * ECHO and SUPPRESS-GO-AHEAD switch a plain telnet client to one character at a time. RFC 2217
 * wants WILL COM-PORT-OPTION from the client; pyserial's client asks for both directions and
 * gives up if one is refused, so both are agreed to.
 */
const OPTIONS: readonly OptionRow[] = [
  { option: BINARY, us: true, them: true },
  { option: ECHO, us: true, them: false },
  { option: SUPPRESS_GO_AHEAD, us: true, them: true },
  { option: COM_PORT_OPTION, us: true, them: true },
];

/** What the server asks for when a client connects. */
const OPENING: readonly (readonly [verb: number, option: number])[] = [
  [WILL, ECHO],
  [WILL, SUPPRESS_GO_AHEAD],
  [DO, SUPPRESS_GO_AHEAD],
  [WILL, BINARY],
  [DO, BINARY],
  [DO, COM_PORT_OPTION],
];

/** Sub-negotiations longer than this are discarded: a signature is the longest that is useful. */
const SUBNEGOTIATION_BYTES_MAX = 256;

export type TelnetEvent =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "subnegotiation"; readonly option: number; readonly bytes: Uint8Array }
  | { readonly kind: "command"; readonly command: number }
  | { readonly kind: "agreed"; readonly option: number };

/** Where the parser stands. Data that follows a CR is looked at, for the NUL that pads it. */
type State = "data" | "iac" | "verb" | "sub" | "sub-iac";

interface Agreement {
  /** Off, asked for by us and not answered yet, or on. */
  us: "off" | "asked" | "on";
  them: "off" | "asked" | "on";
}

export class Telnet {
  private state: State = "data";
  private verb = 0;
  private sub: number[] = [];
  private subTooLong = false;
  private afterReturn = false;
  private readonly agreements = new Map<number, Agreement>();

  /** @param send takes bytes for the client (already escaped). */
  constructor(private readonly send: (bytes: Uint8Array) => void) {}

  /** Asks for what the server wants. Called once, when the client connects. */
  start(): void {
    for (const [verb, option] of OPENING) {
      const agreement = this.agreement(option);
      if (verb === WILL) agreement.us = "asked";
      else agreement.them = "asked";
      this.send(Uint8Array.of(IAC, verb, option));
    }
  }

  /** True when either side has the option on. */
  isAgreed(option: number): boolean {
    const { us, them } = this.agreement(option);
    return us === "on" || them === "on";
  }

  /** Takes bytes from the client, in any pieces; any bytes whatever are survived. */
  receive(bytes: Uint8Array): TelnetEvent[] {
    const events: TelnetEvent[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.state === "data") {
        const end = bytes.indexOf(IAC, at);
        const run = bytes.subarray(at, end < 0 ? bytes.length : end);
        this.data(run, events);
        at += run.length;
        if (end >= 0) {
          this.state = "iac";
          at++;
        }
      } else {
        this.step(bytes[at] ?? 0, events);
        at++;
      }
    }
    return events;
  }

  private data(run: Uint8Array, events: TelnetEvent[]): void {
    if (run.length === 0) return;
    const bytes = this.isPlain() ? this.withoutPadding(run) : run;
    if (bytes.length > 0) events.push({ kind: "data", bytes });
  }

  /**
   * A client that agreed neither on BINARY nor on COM-PORT-OPTION is a plain network virtual
   * terminal, which sends a carriage return as CR NUL (RFC 854).
   */
  private isPlain(): boolean {
    return this.agreement(BINARY).them !== "on" && !this.isAgreed(COM_PORT_OPTION);
  }

  private withoutPadding(run: Uint8Array): Uint8Array {
    const kept = run.filter((byte, i) => {
      const before = i === 0 ? this.afterReturn : run[i - 1] === CR;
      return !(before && byte === 0);
    });
    this.afterReturn = run[run.length - 1] === CR;
    return kept;
  }

  private step(byte: number, events: TelnetEvent[]): void {
    switch (this.state) {
      case "iac":
        this.command(byte, events);
        return;
      case "verb":
        this.state = "data";
        this.negotiate(this.verb, byte, events);
        return;
      case "sub":
        if (byte === IAC) this.state = "sub-iac";
        else this.subByte(byte);
        return;
      case "sub-iac":
        this.subCommand(byte, events);
        return;
    }
  }

  private command(byte: number, events: TelnetEvent[]): void {
    this.state = "data";
    if (byte === IAC) {
      this.afterReturn = false;
      events.push({ kind: "data", bytes: Uint8Array.of(IAC) });
    } else if (byte >= WILL) {
      this.verb = byte;
      this.state = "verb";
    } else if (byte === SB) {
      this.sub = [];
      this.subTooLong = false;
      this.state = "sub";
    } else {
      events.push({ kind: "command", command: byte });
    }
  }

  private subByte(byte: number): void {
    if (this.sub.length < SUBNEGOTIATION_BYTES_MAX) this.sub.push(byte);
    else this.subTooLong = true;
  }

  private subCommand(byte: number, events: TelnetEvent[]): void {
    if (byte === IAC) {
      this.state = "sub";
      this.subByte(IAC);
      return;
    }
    if (byte !== SE) {
      // A command inside a sub-negotiation: its end was lost. Take the command, drop the rest.
      this.command(byte, events);
      return;
    }
    this.state = "data";
    const [option, ...rest] = this.sub;
    if (option === undefined || this.subTooLong) return;
    events.push({ kind: "subnegotiation", option, bytes: Uint8Array.from(rest) });
  }

  /**
   * RFC 1143: an answer is sent only when the state changes or when we refuse, and never to an
   * answer; so two willing sides cannot ask each other for ever.
   */
  private negotiate(verb: number, option: number, events: TelnetEvent[]): void {
    const aboutUs = verb === DO || verb === DONT;
    const side = aboutUs ? "us" : "them";
    const wanted = verb === DO || verb === WILL;
    const agreement = this.agreement(option);
    const before = agreement[side];
    const row = OPTIONS.find((candidate) => candidate.option === option);
    const allowed = wanted && row?.[side] === true;
    agreement[side] = allowed ? "on" : "off";
    if (wanted && !allowed) {
      this.send(Uint8Array.of(IAC, aboutUs ? WONT : DONT, option));
      return;
    }
    if (before === "asked" || before === agreement[side]) {
      if (before === "asked" && allowed) events.push({ kind: "agreed", option });
      return;
    }
    const [yes, no] = aboutUs ? [WILL, WONT] : [DO, DONT];
    this.send(Uint8Array.of(IAC, allowed ? yes : no, option));
    if (allowed) events.push({ kind: "agreed", option });
  }

  private agreement(option: number): Agreement {
    let agreement = this.agreements.get(option);
    if (agreement === undefined) {
      agreement = { us: "off", them: "off" };
      this.agreements.set(option, agreement);
    }
    return agreement;
  }
}

const CR = 13;

/** Doubles every 0xFF, as data must be sent (RFC 854). Returns the array itself if it has none. */
export function escapeData(bytes: Uint8Array): Uint8Array {
  let count = 0;
  for (let at = bytes.indexOf(IAC); at >= 0; at = bytes.indexOf(IAC, at + 1)) count++;
  if (count === 0) return bytes;
  const escaped = new Uint8Array(bytes.length + count);
  let to = 0;
  for (const byte of bytes) {
    escaped[to++] = byte;
    if (byte === IAC) escaped[to++] = IAC;
  }
  return escaped;
}

/** `IAC SB option bytes IAC SE`, with the bytes escaped. */
export function subnegotiation(option: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(IAC, SB, option, ...escapeData(bytes), IAC, SE);
}
