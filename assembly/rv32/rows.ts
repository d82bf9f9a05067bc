/** The decode tables as seen by tests: no two rows may take the same bits. */
export { compressedRowCount, compressedRowMask, compressedRowMatch } from "./compressed";
export { compressedRowTakes } from "./compressed";
export { decodeRowCount, decodeRowMask, decodeRowMatch } from "./encoding";
