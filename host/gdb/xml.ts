/**
 * The three documents that GDB reads from a target. Source: "Debugging with GDB", appendices
 * "Target Descriptions" (with "RISC-V Features"), "Memory Map Format", "Thread List Format".
 */

import type { DebugTarget } from "../core/ports.js";

/** Register numbers: x0..x31, pc, then CSRs from 65 on, as GDB's own RISC-V numbering has them. */
export const PC_NUMBER = 32;
export const CSR_FIRST = 65;

const X_NAMES = (
  "zero ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 " +
  "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6"
).split(" ");

const POINTERS: ReadonlyMap<string, string> = new Map([
  ["ra", "code_ptr"],
  ["sp", "data_ptr"],
  ["gp", "data_ptr"],
  ["tp", "data_ptr"],
]);

const HEAD = '<?xml version="1.0"?>';

/** target.xml: registers of every hart. */
export function targetXml({ csrs }: DebugTarget): string {
  const registers = X_NAMES.map((name, number) => {
    const type = POINTERS.get(name) ?? "int";
    return `<reg name="${name}" bitsize="32" type="${type}" regnum="${number}"/>`;
  });
  const rows = csrs.map(({ address, name }) => {
    const number = CSR_FIRST + address;
    return `<reg name="${name}" bitsize="32" regnum="${number}" group="csr" save-restore="no"/>`;
  });
  return [
    HEAD,
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0"><architecture>riscv:rv32</architecture>',
    '<feature name="org.gnu.gdb.riscv.cpu">',
    ...registers,
    `<reg name="pc" bitsize="32" type="code_ptr" regnum="${PC_NUMBER}"/></feature>`,
    '<feature name="org.gnu.gdb.riscv.csr">',
    ...rows,
    "</feature></target>",
  ].join("\n");
}

/**
 * The memory map: ROM where harts have ROM, so that GDB uses hardware breakpoints there; the rest
 * is RAM to GDB, since each hart has a map of its own and reading what is not there fails anyway.
 */
export function memoryMapXml({ roms }: DebugTarget): string {
  const rows: string[] = [];
  let at = 0;
  const row = (type: string, start: number, length: number) => {
    const place = `start="0x${start.toString(16)}" length="0x${length.toString(16)}"`;
    if (length > 0) rows.push(`<memory type="${type}" ${place}/>`);
  };
  for (const { start, length } of roms) {
    if (start < at) continue;
    row("ram", at, start - at);
    row("rom", start, length);
    at = start + length;
  }
  row("ram", at, 2 ** 32 - at);
  const type =
    '<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" ' +
    '"http://sourceware.org/gdb/gdb-memory-map.dtd">';
  return [HEAD, type, "<memory-map>", ...rows, "</memory-map>"].join("\n");
}

/** The threads: one a hart, numbered from 1. */
export function threadsXml(target: DebugTarget): string {
  const rows = target.harts.map(
    (name, hart) =>
      `<thread id="${(hart + 1).toString(16)}" name="${name}">${target.stateOf(hart)}</thread>`,
  );
  return [HEAD, "<threads>", ...rows, "</threads>"].join("\n");
}
