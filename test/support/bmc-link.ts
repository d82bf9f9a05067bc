/**
 * The backup link from the side: what both nodes' firmware know of it, read out of their memories.
 * Layouts: struct link (link.h) and struct backup_peer (backup_peer.h) of the model's firmware.
 */
import { readFileSync } from "node:fs";
import type { FaultKind } from "../../assembly/kernel/abi.js";
import type { Snapshot } from "../../host/core/snapshot.js";
import { readElf } from "../../host/guest/elf.js";
import { BmcMachine, MODEL, PS_PER_MS } from "./bmc-machine.js";

export const NODES = ["host", "bmc"] as const;
export type Node = (typeof NODES)[number];

/** enum link_state. */
export const LINK = { IDLE: 0, NORMAL: 1, DEGRADED: 2 } as const;
export const THRESHOLD_MS = 2000;
const RETRY_MS = 5000;

const MTIME = 0x0200_bff8;
const MTIME_PS = 100_000n; // 10 MHz
const MTIME_PER_MS = 10_000n;

export interface LinkView {
  readonly state: number;
  readonly good_ms: number;
  readonly losses: number;
  readonly heals: number;
}

export interface PeerView {
  readonly sent: number;
  readonly duplicates: number;
  readonly executed: number;
  readonly givenUp: number;
  /** Own requests: all there were, and those that have ended. */
  readonly asked: number;
  readonly ended: number;
}

const symbols = new Map<Node, ReadonlyMap<string, number>>();

function symbolsOf(node: Node): ReadonlyMap<string, number> {
  const known = symbols.get(node);
  if (known !== undefined) return known;
  const path = new URL(`../../firmware-models/${MODEL}/prebuilt/${node}.elf`, import.meta.url)
    .pathname;
  const elf = readElf(new Uint8Array(readFileSync(path)), path);
  const found = new Map(elf.symbols.map(({ name, address }) => [name, address]));
  symbols.set(node, found);
  return found;
}

export class BackupLink {
  readonly bmc: BmcMachine;

  constructor(
    bmc: BmcMachine,
    private readonly booted: Snapshot,
  ) {
    this.bmc = bmc;
  }

  /** A board whose nodes have talked to each other; `rewind` comes back to here. */
  static async booted(): Promise<BackupLink> {
    const bmc = await BmcMachine.booted(3000);
    return new BackupLink(bmc, bmc.machine.snapshot());
  }

  rewind(): void {
    this.bmc.machine.restore(this.booted);
    this.bmc.forget();
  }

  private words(node: Node, name: string, count: number): number[] {
    const { machine } = this.bmc;
    const hart = machine.harts.indexOf(node);
    const address = symbolsOf(node).get(name);
    if (address === undefined) throw new Error(`${node}.elf has no ${name}`);
    const bytes = machine.readMemory(hart, address, 4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, k) => view.getUint32(4 * k, true));
  }

  link(node: Node): LinkView {
    const [state = 0, , good_ms = 0, , losses = 0, heals = 0] = this.words(node, "management", 6);
    return { state, good_ms, losses, heals };
  }

  peer(node: Node): PeerView {
    const words = this.words(node, "peer", 43);
    const at = (offset: number) => words[offset / 4]!;
    return {
      sent: at(32),
      duplicates: at(44),
      executed: at(48),
      givenUp: at(52),
      asked: at(164),
      ended: at(168),
    };
  }

  /** Machine time at which `node` has gone without a good transfer for the threshold. */
  deadline_ps(node: Node): bigint {
    const { machine } = this.bmc;
    const hart = machine.harts.indexOf(node);
    const low = machine.peekDevice(hart, MTIME)!;
    const high = machine.peekDevice(hart, MTIME + 4)!;
    const mtime = (BigInt(high) << 32n) | BigInt(low);
    const due = BigInt(this.link(node).good_ms + THRESHOLD_MS) * MTIME_PER_MS;
    return machine.now() + (due - mtime) * MTIME_PS;
  }

  /** A line to the host's console. */
  type(line: string): void {
    this.bmc.send(Buffer.from(`${line}\r`), "host.uart0");
  }

  /** The host asks the BMC over the backup link. */
  askBmc(what: "uptime" | "status" | "log" | "recover" | "retry"): void {
    this.type(`backup ${what}`);
  }

  /** The BMC asks the host: by a command of its maker. False: it refused. */
  askHost(fn: number, ...data: number[]): boolean {
    return this.bmc.request(0x30, 6, fn, ...data).completion === 0;
  }

  node(kind: FaultKind, node: Node): void {
    const fired = this.bmc.machine.inject(kind, this.bmc.machine.harts.indexOf(node));
    if (!fired) throw new Error(`fault ${kind} did not fire on ${node}`);
  }

  /** Runs until both sides say so; false when they have not after `limit_ms`. */
  until(state: number, limit_ms: number): boolean {
    for (let k = 0; k < limit_ms; k += 50) {
      if (NODES.every((node) => this.link(node).state === state)) return true;
      this.bmc.run_ms(50);
    }
    return false;
  }

  /** After healing: both normal, all requests ended, each executed once. Returns what is wrong. */
  violations(): string[] {
    const wrong: string[] = [];
    if (!this.until(LINK.NORMAL, RETRY_MS + 2500)) {
      const states = NODES.map((node) => `${node} ${this.link(node).state}`);
      wrong.push(`not normal again: ${states.join(", ")}`);
    }
    this.bmc.run_ms(1500); // what was under way ends
    const [host, bmc] = [this.peer("host"), this.peer("bmc")];
    for (const [node, own, other] of [
      ["host", host, bmc],
      ["bmc", bmc, host],
    ] as const) {
      if (own.asked !== own.ended) wrong.push(`${node}: ${own.asked} asked, ${own.ended} ended`);
      if (own.givenUp !== 0) wrong.push(`${node}: ${own.givenUp} given up`);
      if (own.ended !== other.executed) {
        wrong.push(`${node}: ${own.ended} ended, ${other.executed} executed by the other`);
      }
    }
    const answer = this.bmc.tryRequest(1000, 0x06, 0x01);
    if (answer === null) wrong.push("the BMC does not answer");
    return wrong;
  }

  now_ms(): number {
    return Number(this.bmc.machine.now() / PS_PER_MS);
  }
}

/** A way to lose the management interface. */
export interface Break {
  readonly name: string;
  /** Strikes, and heals. */
  begin(link: BackupLink): void;
  end(link: BackupLink): void;
}

const site = (name: string, value: number): Break => ({
  name: `${name} ${value}`,
  begin: ({ bmc }) => bmc.fault("kcs", "kcs", name, value),
  end: ({ bmc }) => bmc.fault("kcs", "kcs", name, 0),
});

export const BREAKS: readonly Break[] = [
  site("bus-stuck", 1),
  site("ibf-stuck", 1),
  site("ibf-stuck", 2),
  site("obf-stuck", 1),
  {
    name: "host driver hung",
    begin: (each) => each.type("hang on"),
    end: (each) => each.type("hang off"),
  },
  {
    name: "BMC task hung",
    begin: ({ bmc }) => void bmc.request(0x30, 1, 1),
    end: ({ bmc }) => void bmc.request(0x30, 1, 0),
  },
];
