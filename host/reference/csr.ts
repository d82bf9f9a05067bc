/**
 * The control and status registers (rv32.md, section 1). One row a register: what a read gives
 * and what a write keeps (WARL). Reads have no side effects. Privilege and read-only rules follow
 * from the address: bits 9..8 are the least privilege, bits 11..10 = 11 say read-only (privileged
 * manual, section 2.1).
 */

import { CycleCounter, type Half, halfOf, InstructionCounter } from "./counters.js";
import { INTERRUPT_BITS, type InterruptWires } from "./interrupts.js";
import type { Isa } from "./isa.js";

export const USER = 0;
export const MACHINE = 3;
export type Privilege = typeof USER | typeof MACHINE;

// biome-ignore format: a table.
export const CSR = {
  mstatus: 0x300, misa: 0x301, mie: 0x304, mtvec: 0x305, mcounteren: 0x306, mcountinhibit: 0x320,
  mscratch: 0x340, mepc: 0x341, mcause: 0x342, mtval: 0x343, mip: 0x344,
  mcycle: 0xb00, minstret: 0xb02, mcycleh: 0xb80, minstreth: 0xb82,
  cycle: 0xc00, time: 0xc01, instret: 0xc02, cycleh: 0xc80, timeh: 0xc81, instreth: 0xc82,
  mvendorid: 0xf11, marchid: 0xf12, mimpid: 0xf13, mhartid: 0xf14,
} as const;

/** Fields of mstatus (privileged manual, 3.1.6); every other bit reads 0. */
export const MSTATUS = { MIE: 1 << 3, MPIE: 1 << 7, MPP: 3 << 11, MPRV: 1 << 17 } as const;
const MPP_SHIFT = 11;
/** After reset MPIE is set and MPP is user (rv32.md; as on Ibex). */
const MSTATUS_RESET = MSTATUS.MPIE;
/** marchid of Ibex. */
const MARCHID = 22;
const COUNTINHIBIT_CY = 1 << 0;
const COUNTINHIBIT_IR = 1 << 2;
const COUNTEREN_BITS = 7;
const MCAUSE_BITS = 0x8000_001f;

interface Row {
  readonly read: (cycle: bigint) => number;
  /** Absent: a write is legal and does nothing. */
  readonly write?: (value: number, cycle: bigint) => void;
}

export interface CsrOptions {
  readonly isa: Isa;
  readonly boot: number;
  readonly hartid: number;
  readonly wires: InterruptWires;
  /** The node's mtime in a hart cycle; mcycle when absent. */
  readonly mtime?: ((cycle: bigint) => bigint) | undefined;
}

export class CsrFile {
  privilege: Privilege = MACHINE;
  mstatus: number = MSTATUS_RESET;
  mie = 0;
  mtvec: number;
  mscratch = 0;
  mepc = 0;
  mcause = 0;
  mtval = 0;
  mcounteren = 0;
  mcountinhibit = 0;
  readonly mcycle = new CycleCounter();
  readonly minstret = new InstructionCounter();
  private readonly rows: ReadonlyMap<number, Row>;

  constructor(private readonly options: CsrOptions) {
    this.mtvec = ((options.boot & ~0xff) | 1) >>> 0;
    this.rows = new Map([...this.machineRows(), ...this.counterRows(), ...this.idRows()]);
  }

  /** The value in a cycle, whatever the privilege; undefined where the CSR does not exist. */
  read(address: number, cycle: bigint): number | undefined {
    const value = this.rows.get(address)?.read(cycle);
    return value === undefined ? undefined : value >>> 0;
  }

  /** True when the instruction in execution may access the CSR in this way. */
  allows(address: number, writes: boolean): boolean {
    if (!this.rows.has(address)) return false;
    if (this.privilege < ((address >>> 8) & 3)) return false;
    if (writes && address >>> 10 === 3) return false;
    const counter = address & 0x1f;
    const isUserCounter = address >>> 8 === 0xc;
    if (this.privilege === USER && isUserCounter) return ((this.mcounteren >>> counter) & 1) === 1;
    return true;
  }

  write(address: number, value: number, cycle: bigint): void {
    this.rows.get(address)?.write?.(value >>> 0, cycle);
  }

  /** mip: the wires themselves. */
  mip(cycle: bigint): number {
    return this.options.wires.level(cycle);
  }

  /** Interrupts that would be taken with the given level of the wires. */
  enabledInterrupts(level: number): number {
    const enabled = this.privilege === USER || (this.mstatus & MSTATUS.MIE) !== 0;
    return enabled ? level & this.mie : 0;
  }

  /** Enters a trap and returns the handler's address. Interrupts have bit 31 of the cause set. */
  enterTrap(cause: number, epc: number, tval: number): number {
    const mpie = (this.mstatus & MSTATUS.MIE) !== 0 ? MSTATUS.MPIE : 0;
    this.mstatus = (this.mstatus & MSTATUS.MPRV) | mpie | (this.privilege << MPP_SHIFT);
    this.privilege = MACHINE;
    this.mepc = epc >>> 0;
    this.mcause = cause >>> 0;
    this.mtval = tval >>> 0;
    const base = (this.mtvec & ~3) >>> 0;
    const vectored = (this.mtvec & 1) === 1 && cause >>> 31 === 1;
    return vectored ? (base + 4 * (cause & 0x1f)) >>> 0 : base;
  }

  /** mret: restores MIE and the privilege; returns the address to go on at. */
  leaveTrap(): number {
    const mie = (this.mstatus & MSTATUS.MPIE) !== 0 ? MSTATUS.MIE : 0;
    this.privilege = (this.mstatus & MSTATUS.MPP) === 0 ? USER : MACHINE;
    const mprv = this.privilege === MACHINE ? this.mstatus & MSTATUS.MPRV : 0;
    this.mstatus = mie | MSTATUS.MPIE | mprv;
    return this.mepc;
  }

  private machineRows(): [number, Row][] {
    const plain = (key: "mscratch" | "mtval", address: number): [number, Row] => [
      address,
      {
        read: () => this[key],
        write: (value) => {
          this[key] = value;
        },
      },
    ];
    const masked = (key: "mie" | "mcause" | "mcounteren" | "mepc", address: number, mask: number) =>
      [
        address,
        {
          read: () => this[key],
          write: (value: number) => {
            this[key] = (value & mask) >>> 0;
          },
        },
      ] as [number, Row];
    return [
      [CSR.mstatus, { read: () => this.mstatus, write: (v) => this.writeMstatus(v) }],
      [CSR.misa, { read: () => this.options.isa.misa }],
      masked("mie", CSR.mie, INTERRUPT_BITS),
      [CSR.mtvec, { read: () => this.mtvec, write: (v) => this.writeMtvec(v) }],
      masked("mcounteren", CSR.mcounteren, COUNTEREN_BITS),
      [CSR.mcountinhibit, { read: () => this.mcountinhibit, write: (v, c) => this.inhibit(v, c) }],
      plain("mscratch", CSR.mscratch),
      masked("mepc", CSR.mepc, this.options.isa.c ? ~1 : ~3),
      masked("mcause", CSR.mcause, MCAUSE_BITS),
      plain("mtval", CSR.mtval),
      [CSR.mip, { read: (cycle) => this.mip(cycle) }],
    ];
  }

  private counterRows(): [number, Row][] {
    const time = (cycle: bigint) => this.options.mtime?.(cycle) ?? this.mcycle.read(cycle);
    const rowsOf = (machine: number | undefined, user: number, half: Half, kind: string) => {
      const read = (cycle: bigint) => {
        if (kind === "time") return halfOf(time(cycle), half);
        return halfOf(kind === "cycle" ? this.mcycle.read(cycle) : this.minstret.read(), half);
      };
      const write = (value: number, cycle: bigint) => {
        if (kind === "cycle") this.mcycle.write(half, value, cycle);
        else this.minstret.write(half, value);
      };
      const rows: [number, Row][] = [[user, { read }]];
      if (machine !== undefined) rows.push([machine, { read, write }]);
      return rows;
    };
    return [
      ...rowsOf(CSR.mcycle, CSR.cycle, "low", "cycle"),
      ...rowsOf(CSR.mcycleh, CSR.cycleh, "high", "cycle"),
      ...rowsOf(CSR.minstret, CSR.instret, "low", "instret"),
      ...rowsOf(CSR.minstreth, CSR.instreth, "high", "instret"),
      ...rowsOf(undefined, CSR.time, "low", "time"),
      ...rowsOf(undefined, CSR.timeh, "high", "time"),
    ];
  }

  private idRows(): [number, Row][] {
    return [
      [CSR.mvendorid, { read: () => 0 }],
      [CSR.marchid, { read: () => MARCHID }],
      [CSR.mimpid, { read: () => 0 }],
      [CSR.mhartid, { read: () => this.options.hartid }],
    ];
  }

  /** MPP 01 and 10 become 00. */
  private writeMstatus(value: number): void {
    const mpp = (value & MSTATUS.MPP) === MSTATUS.MPP ? MSTATUS.MPP : 0;
    this.mstatus = (value & (MSTATUS.MIE | MSTATUS.MPIE | MSTATUS.MPRV)) | mpp;
  }

  /** A write with mode 2 or 3 keeps the old mode and takes the base. */
  private writeMtvec(value: number): void {
    const mode = (value & 2) === 0 ? value & 1 : this.mtvec & 1;
    this.mtvec = ((value & ~3) | mode) >>> 0;
  }

  private inhibit(value: number, cycle: bigint): void {
    this.mcountinhibit = value & (COUNTINHIBIT_CY | COUNTINHIBIT_IR);
    this.mcycle.inhibit((value & COUNTINHIBIT_CY) !== 0, cycle);
    this.minstret.inhibit((value & COUNTINHIBIT_IR) !== 0);
  }
}
