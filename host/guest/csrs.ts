/**
 * Names of control and status registers, by number: "The RISC-V Instruction Set Manual, Volume II:
 * Privileged Architecture" 1.12, chapter "CSR Listing", with the extensions that GNU objdump 2.40
 * names (Smaia, Smstateen, Sstc, Sscofpmf, V). A hotspare hart has few of them (docs of the core);
 * the disassembler names all, since a program may try them.
 */

/** First number and the names that follow one another from it; a dash skips a number. */
const LISTING: readonly (readonly [number, string])[] = [
  [0x001, "fflags frm fcsr"],
  [0x008, "vstart vxsat vxrm - - - - vcsr"],
  [0x015, "seed"],
  [0x100, "sstatus - - - sie stvec scounteren"],
  [0x10a, "senvcfg - sstateen0 sstateen1 sstateen2 sstateen3"],
  [0x114, "sieh"],
  [0x140, "sscratch sepc scause stval sip"],
  [0x14d, "stimecmp"],
  [0x150, "siselect sireg - - siph"],
  [0x15c, "stopei stimecmph"],
  [0x180, "satp"],
  [0x200, "vsstatus - - - vsie vstvec"],
  [0x214, "vsieh"],
  [0x240, "vsscratch vsepc vscause vstval vsip"],
  [0x24d, "vstimecmp"],
  [0x250, "vsiselect vsireg - - vsiph"],
  [0x25c, "vstopei vstimecmph"],
  [0x280, "vsatp"],
  [0x300, "mstatus misa medeleg mideleg mie mtvec mcounteren"],
  [0x308, "mvien mvip menvcfg - mstateen0 mstateen1 mstateen2 mstateen3 mstatush"],
  [0x313, "midelegh mieh - - - mvienh mviph menvcfgh"],
  [0x31c, "mstateen0h mstateen1h mstateen2h mstateen3h mcountinhibit"],
  [0x340, "mscratch mepc mcause mtval mip"],
  [0x34a, "mtinst mtval2"],
  [0x350, "miselect mireg - - miph"],
  [0x35c, "mtopei"],
  [0x5a8, "scontext"],
  [0x600, "hstatus - hedeleg hideleg hie htimedelta hcounteren hgeie hvien hvictl henvcfg"],
  [0x60c, "hstateen0 hstateen1 hstateen2 hstateen3"],
  [0x613, "hidelegh - htimedeltah - - hvienh - henvcfgh"],
  [0x61c, "hstateen0h hstateen1h hstateen2h hstateen3h"],
  [0x643, "htval hip hvip hviprio1 hviprio2 - - htinst"],
  [0x655, "hviph hviprio1h hviprio2h"],
  [0x680, "hgatp"],
  [0x6a8, "hcontext"],
  [0x747, "mseccfg"],
  [0x757, "mseccfgh"],
  [0x7a0, "tselect tdata1 tdata2 tdata3 tinfo tcontrol - - mcontext - mscontext"],
  [0x7b0, "dcsr dpc dscratch0 dscratch1"],
  [0xb00, "mcycle - minstret"],
  [0xb80, "mcycleh - minstreth"],
  [0xc00, "cycle time instret"],
  [0xc20, "vl vtype vlenb"],
  [0xc80, "cycleh timeh instreth"],
  [0xda0, "scountovf"],
  [0xdb0, "stopi"],
  [0xe12, "hgeip"],
  [0xeb0, "vstopi"],
  [0xf11, "mvendorid marchid mimpid mhartid mconfigptr"],
  [0xfb0, "mtopi"],
];

/** Numbered families: number of the first, how many, prefix, first index, suffix. */
const FAMILIES: readonly (readonly [number, number, string, number, string])[] = [
  [0x323, 29, "mhpmevent", 3, ""],
  [0x3a0, 16, "pmpcfg", 0, ""],
  [0x3b0, 64, "pmpaddr", 0, ""],
  [0x723, 29, "mhpmevent", 3, "h"],
  [0xb03, 29, "mhpmcounter", 3, ""],
  [0xb83, 29, "mhpmcounter", 3, "h"],
  [0xc03, 29, "hpmcounter", 3, ""],
  [0xc83, 29, "hpmcounter", 3, "h"],
];

/** Name of each named CSR by its 12-bit number. */
export const CSR_NAMES: ReadonlyMap<number, string> = new Map([
  ...LISTING.flatMap(([first, names]) =>
    names
      .split(" ")
      .map((name, index): [number, string] => [first + index, name])
      .filter(([, name]) => name !== "-"),
  ),
  ...FAMILIES.flatMap(([first, count, prefix, index, suffix]) =>
    Array.from({ length: count }, (_, k): [number, string] => [
      first + k,
      `${prefix}${index + k}${suffix}`,
    ]),
  ),
]);

/** Name of a CSR as the disassembler prints it: `mtvec`, or `0x7c0` for one without a name. */
export function csrName(number: number): string {
  return CSR_NAMES.get(number) ?? `0x${number.toString(16)}`;
}
