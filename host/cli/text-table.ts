/** Rows of text in aligned columns. */

/** Columns are two spaces apart; numbers (by `right`, column indices) stand at the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, n) => {
      widths[n] = Math.max(widths[n] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, n) => (right.includes(n) ? cell.padStart(widths[n]!) : cell.padEnd(widths[n]!)))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}
