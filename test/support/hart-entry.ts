// Entry of the test build of the hart alone: see hart-bench.ts. Compiled by asc, not by tsc.
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
