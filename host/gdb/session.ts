/**
 * One GDB client: packets in, answers out. Source: "Debugging with GDB", appendix "GDB Remote
 * Serial Protocol". The machine stands while the client is served and moves only while it waits for
 * a stop. Nothing that a client sends can do more than the protocol offers: what is malformed is
 * answered with an error, what is unknown with the empty packet.
 */

import type { DebugRun, DebugStop, DebugTarget } from "../core/ports.js";
import { Commands } from "./commands.js";
import { ACK, encodePacket, type GdbEvent, hexText, NAK, PacketReader } from "./packets.js";

/** How a session ended: the client let the machine go, ended it, or went; or the run was over. */
export type GdbEnd = "detach" | "kill" | "closed" | "exit";

export interface GdbTransport {
  send(bytes: Uint8Array): void;
}

/** Packets that may wait while the machine runs (our choice); a client sends one at a time. */
const WAITING_MAX = 64;

const SIGINT = "02";
const SIGTRAP = "05";

export class GdbSession {
  private readonly reader = new PacketReader();
  private readonly commands: Commands;
  private waiting: string[] = [];
  private wake: (() => void) | null = null;
  private acknowledge = true;
  private sent: Uint8Array | null = null;
  private interrupted = false;
  private closed = false;

  constructor(
    private readonly target: DebugTarget,
    private readonly transport: GdbTransport,
  ) {
    this.commands = new Commands(target);
  }

  /** Bytes from the client. */
  feed(bytes: Uint8Array): void {
    for (const event of this.reader.feed(bytes)) this.take(event);
  }

  /** The client has gone. */
  close(): void {
    this.closed = true;
    this.interrupted = true;
    this.wakeUp();
  }

  private take(event: GdbEvent): void {
    switch (event.kind) {
      case "interrupt":
        this.interrupted = true;
        break;
      case "nak":
        if (this.acknowledge && this.sent !== null) this.transport.send(this.sent);
        break;
      case "damaged":
        if (this.acknowledge) this.transport.send(NAK);
        break;
      case "packet":
        if (this.acknowledge) this.transport.send(ACK);
        if (this.waiting.length < WAITING_MAX) this.waiting.push(event.data);
        break;
    }
    this.wakeUp();
  }

  private wakeUp(): void {
    this.wake?.();
    this.wake = null;
  }

  private send(data: string): void {
    this.sent = encodePacket(data);
    this.transport.send(this.sent);
  }

  /** Serves the client until it lets the machine go. */
  async serve(): Promise<GdbEnd> {
    for (;;) {
      const packet = this.waiting.shift();
      if (packet === undefined) {
        if (this.closed) return "closed";
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      const end = await this.answer(packet);
      if (end !== null) return end;
    }
  }

  private async answer(packet: string): Promise<GdbEnd | null> {
    if (packet === "k" || packet.startsWith("vKill")) {
      if (packet !== "k") this.send("OK");
      return "kill";
    }
    if (packet === "D" || packet.startsWith("D;")) {
      this.send("OK");
      return "detach";
    }
    if (packet === "QStartNoAckMode") {
      this.send("OK");
      this.acknowledge = false;
      return null;
    }
    if (packet.startsWith("qRcmd,")) {
      await this.monitor(packet.slice(6));
      return null;
    }
    const run = this.commands.runOf(packet);
    if (run !== null) return this.run(run);
    this.send(this.commands.answer(packet));
    return null;
  }

  private async run(run: DebugRun): Promise<GdbEnd | null> {
    this.interrupted = this.closed;
    const stop = await this.target.resume(run, () => this.interrupted);
    this.interrupted = this.closed;
    if (this.closed) return null;
    const reply = this.stopReply(stop);
    this.send(reply);
    return stop.reason === "exit" ? "exit" : null;
  }

  private stopReply(stop: DebugStop): string {
    this.commands.stopped(stop);
    if (stop.reason === "exit") return `W${(stop.code ?? 0).toString(16).padStart(2, "0")}`;
    if (stop.reason === "idle")
      this.say("the machine is idle: nothing can happen without an input\n");
    return this.commands.stopReply(stop.reason === "interrupt" ? SIGINT : SIGTRAP);
  }

  /** A line on the client's console. */
  private say(text: string): void {
    this.send(`O${hexText(text)}`);
  }

  private async monitor(hex: string): Promise<void> {
    const line = this.commands.monitorLine(hex);
    if (line === null) {
      this.send("E01");
      return;
    }
    const answer = await this.target.command(line);
    for (const row of answer.split("\n")) this.say(`${row}\n`);
    this.send("OK");
  }
}
