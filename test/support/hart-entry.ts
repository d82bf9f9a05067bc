// @ts-nocheck This file is AssemblyScript: asc checks it, with the hart files it exports.

/** Entry of the test build of the hart alone; hart-bench.ts lays out what it runs on. */
export {
  amoResult,
  codeReset,
  codeWritten,
  hartBreakReservation,
  hartComplete,
  hartPeekCsr,
  hartPokeCsr,
  hartReset,
  hartRun,
  hartSetLine,
} from "../../assembly/rv32/hart";
export {
  compressedRowCount,
  compressedRowTakes,
  decodeRowCount,
  decodeRowMask,
  decodeRowMatch,
} from "../../assembly/rv32/rows";
