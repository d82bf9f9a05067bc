/** The packets that are answered at once, and what those that move the machine ask for. */

import type { DebugPoint, DebugRun, DebugStop, DebugTarget } from "../core/ports.js";
import { bytesOf, hexOf, hexText, hexWord, numberOf, PACKET_BYTES, wordOf } from "./packets.js";
import { CSR_FIRST, memoryMapXml, PC_NUMBER, targetXml, threadsXml } from "./xml.js";

/** Error answers: their numbers mean nothing to GDB. */
const MALFORMED = "E01";
const NO_ACCESS = "E0e"; // EFAULT
const NO_ROOM = "E1c"; // ENOSPC

const FEATURES = [
  `PacketSize=${PACKET_BYTES.toString(16)}`,
  "QStartNoAckMode+",
  "qXfer:features:read+",
  "qXfer:memory-map:read+",
  "qXfer:threads:read+",
  "vContSupported+",
  "swbreak+",
  "hwbreak+",
  "ReverseStep+",
  "ReverseContinue+",
].join(";");

/** Z and z: the kinds of point. Software and hardware breakpoints are the same here. */
const POINT_KINDS: readonly DebugPoint["kind"][] = ["pc", "pc", "write", "read", "access"];
/** Points that a client may set: below the core's table, and no more bytes than a page (ours). */
const POINTS_MAX = 512;
const WATCH_BYTES_MAX = 4096;

type Answer = (rest: string) => string;

export class Commands {
  /** Hart that `g`, `m` and their like mean, and the one that `c` and `s` mean. */
  private general = 0;
  private moving = 0;
  private stop: DebugStop = { reason: "interrupt", hart: 0 };
  private readonly points = new Map<string, DebugPoint>();
  private readonly documents: Readonly<Record<string, () => string>>;
  /** By the first letter, or the whole word before a separator. */
  private readonly words: Readonly<Record<string, Answer>>;
  private readonly letters: Readonly<Record<string, Answer>>;

  constructor(private readonly target: DebugTarget) {
    this.documents = {
      "features:read:target.xml": () => targetXml(target),
      "memory-map:read:": () => memoryMapXml(target),
      "threads:read:": () => threadsXml(target),
    };
    this.words = {
      qSupported: () => FEATURES,
      qXfer: (rest) => this.transfer(rest),
      qC: () => `QC${threadOf(this.stop.hart)}`,
      qAttached: () => "1",
      qfThreadInfo: () => `m${this.target.harts.map((_, hart) => threadOf(hart)).join(",")}`,
      qsThreadInfo: () => "l",
      qThreadExtraInfo: (rest) => this.threadInfo(rest),
      qSymbol: () => "OK",
      "vCont?": () => "vCont;c;C;s;S;r",
    };
    this.letters = {
      "?": () => this.stopReply("05"),
      H: (rest) => this.choose(rest),
      T: (rest) => (this.hartOf(rest) === null ? MALFORMED : "OK"),
      g: () => this.readAll(),
      G: (rest) => this.writeAll(rest),
      p: (rest) => this.readOne(rest),
      P: (rest) => this.writeOne(rest),
      m: (rest) => this.readMemory(rest),
      M: (rest) => this.writeMemory(rest, bytesOf),
      X: (rest) => this.writeMemory(rest, binaryOf),
      Z: (rest) => this.setPoint(rest, true),
      z: (rest) => this.setPoint(rest, false),
    };
  }

  /** The answer to a packet that does not move the machine; empty for one that is not known. */
  answer(packet: string): string {
    const word = /^[qvQ][A-Za-z?]*/.exec(packet)?.[0];
    const table = word === undefined ? this.letters : this.words;
    const name = word ?? packet.slice(0, 1);
    if (!Object.hasOwn(table, name)) return "";
    return table[name]!(packet.slice(name.length));
  }

  /** The line of a `qRcmd` packet; null where it is malformed. */
  monitorLine(hex: string): string | null {
    const bytes = bytesOf(hex);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  // ---- moving -----------------------------------------------------------------------------------

  /** What a packet asks the machine to do; null for one that does not move it. */
  runOf(packet: string): DebugRun | null {
    if (packet.startsWith("vCont;")) return this.continueOf(packet.slice(6));
    if (packet === "bs") return { kind: "reverse-step", hart: this.moving };
    if (packet === "bc") return { kind: "reverse-continue" };
    // c, s with an address, C and S with a signal: harts take no signals, addresses move the pc.
    const parts = /^(?:([cs])([0-9a-fA-F]*)|([CS])[0-9a-fA-F]{2}(?:;([0-9a-fA-F]+))?)$/.exec(
      packet,
    );
    if (parts === null) return null;
    const address = numberOf(parts[2] ?? parts[4] ?? "");
    if (address !== null) this.target.writePc(this.moving, address);
    return (parts[1] ?? parts[3])!.toLowerCase() === "s" ? step(this.moving) : { kind: "continue" };
  }

  /**
   * `vCont`: the action of the first step counts. Threads without an action cannot be held: the
   * machine moves as a whole, or its cycles would not be its own.
   */
  private continueOf(actions: string): DebugRun | null {
    for (const action of actions.split(";")) {
      const parts = /^(?:[sS][0-9a-fA-F]{0,2}|r([0-9a-fA-F]+),([0-9a-fA-F]+))(?::(.*))?$/.exec(
        action,
      );
      if (parts === null) continue;
      const hart = parts[3] === undefined ? this.moving : this.hartOf(parts[3]);
      if (hart === null) return null;
      const from = numberOf(parts[1] ?? "");
      const end = numberOf(parts[2] ?? "");
      return from === null || end === null ? step(hart) : { kind: "step", hart, from, end };
    }
    return /^[cC]/.test(actions) ? { kind: "continue" } : null;
  }

  /** The machine has stopped. */
  stopped(stop: DebugStop): void {
    this.stop = stop;
    this.general = stop.hart;
    this.moving = stop.hart;
  }

  /** The `T` packet of the last stop, with its reason, thread and pc. */
  stopReply(signal: string): string {
    const { reason, hart, address } = this.stop;
    const pc = `${PC_NUMBER.toString(16)}:${hexWord(this.target.readPc(hart))};`;
    const place = (address ?? 0).toString(16);
    const why: Readonly<Partial<Record<DebugStop["reason"], string>>> = {
      breakpoint: "swbreak:;",
      write: `watch:${place};`,
      read: `rwatch:${place};`,
      access: `awatch:${place};`,
      begin: "replaylog:begin;",
    };
    return `T${signal}${pc}thread:${threadOf(hart)};${why[reason] ?? ""}`;
  }

  // ---- threads ----------------------------------------------------------------------------------

  /** Hart of a thread's number; 0 and -1 mean any: the one that stopped. Null where there is none. */
  private hartOf(thread: string): number | null {
    if (thread === "-1" || thread === "0") return this.stop.hart;
    const number = numberOf(thread);
    if (number === null || number < 1 || number > this.target.harts.length) return null;
    return number - 1;
  }

  private choose(rest: string): string {
    const hart = this.hartOf(rest.slice(1));
    if (hart === null) return MALFORMED;
    if (rest.startsWith("c")) this.moving = hart;
    else if (rest.startsWith("g")) this.general = hart;
    else return MALFORMED;
    return "OK";
  }

  private threadInfo(rest: string): string {
    const hart = this.hartOf(rest.slice(1));
    if (hart === null) return MALFORMED;
    return hexText(`${this.target.harts[hart]}: ${this.target.stateOf(hart)}`);
  }

  /** `qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH`: a part of a document. */
  private transfer(rest: string): string {
    const parts = /^:([^:]+:read:[^:]*):([0-9a-fA-F]+),([0-9a-fA-F]+)$/.exec(rest);
    const offset = numberOf(parts?.[2] ?? "");
    const length = numberOf(parts?.[3] ?? "");
    if (parts === null || offset === null || length === null) return "";
    const name = parts[1]!;
    if (!Object.hasOwn(this.documents, name)) return "E00";
    const text = this.documents[name]!();
    const part = text.slice(offset, offset + Math.min(length, PACKET_BYTES - 8));
    return (offset + part.length < text.length ? "m" : "l") + part;
  }

  // ---- registers --------------------------------------------------------------------------------

  private readAll(): string {
    const { target, general } = this;
    const words = Array.from({ length: 32 }, (_, index) => target.readRegister(general, index));
    return [...words, target.readPc(general)].map(hexWord).join("");
  }

  private writeAll(hex: string): string {
    const words = hex.match(/.{8}/g)?.map(wordOf) ?? [];
    if (words.length !== PC_NUMBER + 1 || words.includes(null)) return MALFORMED;
    for (const [number, word] of words.entries()) this.write(number, word!);
    return "OK";
  }

  private readOne(rest: string): string {
    const number = numberOf(rest);
    if (number === null) return MALFORMED;
    const { target, general } = this;
    if (number < PC_NUMBER) return hexWord(target.readRegister(general, number));
    if (number === PC_NUMBER) return hexWord(target.readPc(general));
    const value = number < CSR_FIRST ? undefined : target.readCsr(general, number - CSR_FIRST);
    return value === undefined ? MALFORMED : hexWord(value);
  }

  private writeOne(rest: string): string {
    const [name = "", hex = ""] = rest.split("=");
    const number = numberOf(name);
    const value = wordOf(hex);
    if (number === null || value === null) return MALFORMED;
    return this.write(number, value) ? "OK" : MALFORMED;
  }

  private write(number: number, value: number): boolean {
    const { target, general } = this;
    if (number > PC_NUMBER) {
      return number >= CSR_FIRST && target.writeCsr(general, number - CSR_FIRST, value);
    }
    if (number === PC_NUMBER) target.writePc(general, value);
    else if (target.readRegister(general, number) !== value) {
      target.writeRegister(general, number, value);
    }
    return true;
  }

  // ---- memory -----------------------------------------------------------------------------------

  private readMemory(rest: string): string {
    const [at = "", size = ""] = rest.split(",");
    const address = numberOf(at);
    const length = numberOf(size);
    if (address === null || length === null) return MALFORMED;
    const wanted = Math.min(length, PACKET_BYTES / 2 - 4);
    const bytes = this.target.readMemory(this.general, address, wanted);
    return bytes.length === 0 && wanted > 0 ? NO_ACCESS : hexOf(bytes);
  }

  private writeMemory(rest: string, decode: (data: string) => Uint8Array | null): string {
    const parts = /^([0-9a-fA-F]+),([0-9a-fA-F]+):([\s\S]*)$/.exec(rest);
    const address = numberOf(parts?.[1] ?? "");
    const length = numberOf(parts?.[2] ?? "");
    const bytes = parts === null ? null : decode(parts[3]!);
    if (address === null || bytes === null || bytes.length !== length) return MALFORMED;
    const written = this.target.writeMemory(this.general, address, bytes);
    return written === bytes.length ? "OK" : NO_ACCESS;
  }

  private setPoint(rest: string, set: boolean): string {
    const parts = /^([0-9]),([0-9a-fA-F]+),([0-9a-fA-F]+)(?:;.*)?$/.exec(rest);
    const kind = POINT_KINDS[Number(parts?.[1] ?? -1)];
    if (parts === null || kind === undefined) return "";
    const address = numberOf(parts[2]!);
    const length = numberOf(parts[3]!);
    if (address === null || length === null) return MALFORMED;
    if (kind !== "pc" && (length < 1 || length > WATCH_BYTES_MAX)) return NO_ROOM;
    if (set && this.points.size >= POINTS_MAX) return NO_ROOM;
    const point = { kind, address, length: kind === "pc" ? 1 : length };
    const key = `${parts[1]} ${address} ${length}`;
    if (set) this.points.set(key, point);
    else this.points.delete(key);
    this.target.setPoints([...this.points.values()]);
    return "OK";
  }
}

/** One instruction: every pc leaves the empty range. */
function step(hart: number): DebugRun {
  return { kind: "step", hart, from: 0, end: 0 };
}

function threadOf(hart: number): string {
  return (hart + 1).toString(16);
}

function binaryOf(data: string): Uint8Array {
  return Uint8Array.from(data, (character) => character.charCodeAt(0));
}
