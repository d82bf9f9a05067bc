/**
 * The exchange unit of one tile, one cycle at a time. Source: tile-processor.md sections 3 and 4.
 *
 * In a cycle the fabric calls, in this order: `act` (what was fetched begins; controls, then the
 * send read), the barrier, `fetch` (the next instruction, in the last event of the current one or
 * in the cycle before event 0), and then lets words land.
 */

import type { TileMemory } from "./memory.js";
import { decodeWord, type FabricInstruction } from "./words.js";

/** Numbers of section 4; 8 is ours for what the list there calls "unknown word". */
export const FABRIC_ERRORS = {
  1: "clash of a send read with a landing",
  2: "clash of an instruction fetch",
  3: "bad address",
  4: "core running",
  6: "conflict or unsupported pairing",
  7: "mode changed during data",
  8: "unknown word",
} as const;

export type FabricErrorCode = keyof typeof FABRIC_ERRORS;

export const ZONE_ANS = 1;
export const ZONE_CHIP = 3;

/** Registers of addresses and pointers hold 18-bit word addresses and wrap there (our reading). */
const ADDRESS_RANGE = 2 ** 18;

const NEVER = -1;

/** What begins when the next cycle does: instructions fetched together. */
type Fetched = FabricInstruction | "left memory" | "released at once";

export class ExchangeUnit {
  /** off: the core runs. waiting: in a sync, or before the row's event 0. */
  state: "off" | "waiting" | "running" = "off";
  /** While waiting: the zone, or undefined before the row begins. */
  zone: number | undefined;
  /** While waiting: the cycle of event 0, once it is known. */
  resume_at = NEVER;
  /** Cycle of event 0 of the numbering in force. */
  numbered_from = 0;
  /** Barriers that still count this tile as arrived. */
  skips = 0;
  /** Cycle at which the release of the last barrier reached (or reaches) this tile. */
  last_release = NEVER;

  mux: number;
  pointer: number;
  format = 0;
  #outgoing: number;
  #sctl = 0;

  /** This cycle's use of memory: elements of fetches, and of the send read. */
  readonly fetched_elements: number[] = [];
  read_element = -1;
  /** This cycle's word on the bus and the directions that it takes, 0 for none. */
  sent_word = 0;
  sent_directions = 0;
  /** The receive format changed in this cycle. */
  format_changed = false;

  #pc = 0;
  #next: Fetched[] = [];
  #current: FabricInstruction | undefined;
  #current_from = 0;

  constructor(
    readonly memory: TileMemory,
    mux_reset: number,
    first_word: number,
    readonly report: (code: FabricErrorCode) => void,
  ) {
    this.mux = mux_reset;
    this.pointer = first_word;
    this.#outgoing = first_word;
  }

  /** ROW was written: the row's event 0 is cycle `at`. */
  begin(row_byte_address: number, at: number): void {
    this.state = "waiting";
    this.zone = undefined;
    this.resume_at = at;
    this.#pc = Math.floor(row_byte_address / 4);
    this.#current = undefined;
  }

  /** Begins the cycle: what was fetched takes its turn, controls act, a word is read and sent. */
  act(cycle: number): void {
    this.sent_directions = 0;
    this.read_element = -1;
    this.fetched_elements.length = 0;
    this.format_changed = false;
    if (this.state === "waiting" && this.resume_at === cycle) {
      this.state = "running";
      this.numbered_from = cycle;
    }
    if (this.state !== "running") return;
    for (const fetched of this.#next) this.#start(fetched, cycle);
    this.#next = [];
    if (this.#current) this.#event(this.#current, cycle - this.#current_from);
  }

  #start(fetched: Fetched, cycle: number): void {
    if (fetched === "left memory") this.#end(3);
    else if (fetched === "released at once") this.numbered_from = cycle;
    else if (fetched.op === "unknown") this.#end(8);
    else if (fetched.op === "return") this.#end(undefined);
    else if (fetched.op === "sans") this.skips = Math.max(this.skips, fetched.argument);
    else if (fetched.op === "sync") this.#request(fetched.argument);
    else {
      this.#current = fetched;
      this.#current_from = cycle;
    }
  }

  #end(code: FabricErrorCode | undefined): void {
    if (code !== undefined) this.report(code);
    this.state = "off";
    this.#current = undefined;
  }

  #request(zone: number): void {
    this.state = "waiting";
    this.zone = zone;
    this.#current = undefined;
    // Barriers skipped are decided, their release is still on its way.
    const coming = zone === ZONE_ANS && this.skips === 0;
    this.resume_at = coming ? this.last_release : NEVER;
  }

  #event(instruction: FabricInstruction, index: number): void {
    const acting = instruction.act === "first" ? 0 : instruction.events - 1;
    if (index === acting) {
      for (const control of instruction.controls) {
        if (control) this.#control(control.register, control.value);
      }
    }
    if (instruction.send) this.#send(instruction.send, index === 0);
  }

  #control(register: "mux" | "paired-mux" | "pointer" | "format", value: number): void {
    if (register === "mux") this.mux = value;
    else if (register === "pointer") this.pointer = value;
    else if (register === "paired-mux") this.report(6);
    else {
      this.format_changed = this.format_changed || this.format !== value;
      this.format = value;
      if (value !== 0) this.report(6);
    }
  }

  #send(send: NonNullable<FabricInstruction["send"]>, first: boolean): void {
    if (first) {
      this.#sctl = send.sctl ?? this.#sctl;
      this.#outgoing = ((send.address ?? this.#outgoing) + send.delta) % ADDRESS_RANGE;
    }
    const directions = this.#sctl % 4;
    const address = this.#outgoing;
    this.#outgoing = (address + 1) % ADDRESS_RANGE;
    if (directions === 0) return;
    if (first && this.#sctl >= 4) this.report(6);
    this.read_element = this.memory.elementOf(address);
    if (this.read_element < 0) {
      this.report(3);
      return;
    }
    this.sent_word = this.memory.read(address);
    this.sent_directions = directions;
  }

  /** Fetches what begins in the next cycle, if anything does. */
  fetch(cycle: number): void {
    const starts = this.state === "waiting" && this.resume_at === cycle + 1;
    const ends =
      this.state === "running" &&
      this.#current !== undefined &&
      cycle - this.#current_from === this.#current.events - 1;
    if (!starts && !ends) return;
    this.#current = undefined;
    let skips = this.skips;
    for (;;) {
      const element = this.memory.elementOf(this.#pc);
      if (element < 0) {
        this.#next.push("left memory");
        return;
      }
      this.fetched_elements.push(element);
      const word = this.memory.read(this.#pc);
      const instruction = decodeWord(word, this.memory.read(this.#pc + 1), this.#pc * 4);
      this.#pc += instruction.size;
      if (instruction.op === "sync" && instruction.argument === ZONE_ANS) {
        // Nothing to wait for: the next instruction begins in the same cycle.
        if (skips === 0 && this.last_release <= cycle + 1) {
          this.#next.push("released at once");
          continue;
        }
      }
      this.#next.push(instruction);
      if (instruction.op !== "sans") return;
      skips = Math.max(skips, instruction.argument);
    }
  }

  /** A barrier has all its requests; its release reaches this tile at `at`. */
  release(at: number): void {
    this.last_release = at;
    if (this.skips > 0) {
      this.skips--;
      if (this.skips > 0 || this.state !== "waiting" || this.zone !== ZONE_ANS) return;
    }
    this.resume_at = at;
  }

  /** True if the barrier may count this tile as arrived. */
  arrived(): boolean {
    if (this.skips > 0) return true;
    return this.state === "waiting" && this.zone === ZONE_CHIP && this.resume_at === NEVER;
  }

  /** True if cycles can change this unit without any barrier. */
  isBusy(cycle: number): boolean {
    if (this.state === "running") return true;
    return this.state === "waiting" && this.resume_at > cycle;
  }

  /** A word lands; returns where it goes, and the pointer advances. */
  takePointer(): number {
    const at = this.pointer;
    this.pointer = (at + 1) % ADDRESS_RANGE;
    return at;
  }
}
