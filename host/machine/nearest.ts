/** Suggestions: the known word nearest to a mistyped one. */

/** Our choice: a word further away than this is no suggestion. */
const MAX_DISTANCE = 3;
/** Longer words are not compared: the distance costs the product of the lengths. */
const MAX_CHARS = 64;

/** The nearest of `known` by edit distance, or undefined. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_CHARS) return undefined;
  let best: string | undefined;
  let least = Math.min(MAX_DISTANCE, Math.max(1, Math.floor(word.length / 2))) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Steps: insert, delete or replace a character, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? beforePrevious[j - 2]! + 1 : replace;
      row.push(Math.min(replace, swap, previous[j]! + 1, row[j - 1]! + 1));
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** `did you mean "base"?`, else the list of what is known (clipped). */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return "none exists here";
  const shown = known.slice(0, 12).join(", ");
  return `known here: ${shown}${known.length > 12 ? ", ..." : ""}`;
}
