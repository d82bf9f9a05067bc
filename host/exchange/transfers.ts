/**
 * A set of transfers: what one exchange moves. Arrays instead of objects, since a set may hold a
 * million of them. Tiles are logical; offsets are in words within a tile's source buffer (read) or
 * destination buffer (written), two separate spaces.
 *
 * The destinations of transfer t are entries first[t] .. first[t+1]-1 of `destination` and
 * `destination_offset`; more than one is a multicast.
 */

export interface TransferSet {
  readonly count: number;
  readonly source: Int32Array;
  readonly source_offset: Int32Array;
  readonly words: Int32Array;
  readonly first: Int32Array;
  readonly destination: Int32Array;
  readonly destination_offset: Int32Array;
}

/** One transfer as an object: for plans, tests and messages. */
export interface Transfer {
  readonly source: number;
  readonly offset: number;
  readonly words: number;
  readonly destinations: readonly { readonly tile: number; readonly offset: number }[];
}

/** Packs transfers in the order given. */
export function packTransfers(list: readonly Transfer[]): TransferSet {
  const entries = list.reduce((sum, { destinations }) => sum + destinations.length, 0);
  const set = emptySet(list.length, entries);
  let next = 0;
  list.forEach(({ source, offset, words, destinations }, t) => {
    set.source[t] = source;
    set.source_offset[t] = offset;
    set.words[t] = words;
    for (const to of destinations) {
      set.destination[next] = to.tile;
      set.destination_offset[next++] = to.offset;
    }
    set.first[t + 1] = next;
  });
  return set;
}

/** A set of the given size with all fields zero, to be filled. */
export function emptySet(count: number, entries: number): TransferSet {
  return {
    count,
    source: new Int32Array(count),
    source_offset: new Int32Array(count),
    words: new Int32Array(count),
    first: new Int32Array(count + 1),
    destination: new Int32Array(entries),
    destination_offset: new Int32Array(entries),
  };
}

/** Transfer t as an object. */
export function transferAt(set: TransferSet, t: number): Transfer {
  const destinations = [];
  for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
    destinations.push({ tile: set.destination[k]!, offset: set.destination_offset[k]! });
  }
  return {
    source: set.source[t]!,
    offset: set.source_offset[t]!,
    words: set.words[t]!,
    destinations,
  };
}

/**
 * Gives every transfer its place in the buffers: sources packed in the order of the list,
 * destinations by ascending logical source, then by the order of the list (section 6).
 */
export function packBuffers(set: TransferSet, tiles: number): TransferSet {
  const sent = new Int32Array(tiles);
  const received = new Int32Array(tiles);
  const by_source = transfersBySource(set, tiles);
  for (const t of by_source) {
    const s = set.source[t]!;
    const words = set.words[t]!;
    set.source_offset[t] = sent[s]!;
    sent[s]! += words;
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      const d = set.destination[k]!;
      set.destination_offset[k] = received[d]!;
      received[d]! += words;
    }
  }
  return set;
}

/** Transfer numbers sorted by source, then by number. */
export function transfersBySource(set: TransferSet, tiles: number): Int32Array {
  const next = new Int32Array(tiles + 1);
  for (let t = 0; t < set.count; t++) next[set.source[t]! + 1]!++;
  for (let s = 0; s < tiles; s++) next[s + 1]! += next[s]!;
  const order = new Int32Array(set.count);
  for (let t = 0; t < set.count; t++) order[next[set.source[t]!]!++] = t;
  return order;
}

/**
 * Merges equal source words into multicasts, so that a word goes out once: a broadcast written as
 * unicasts becomes one. Ranges that overlap in part are cut where they begin and end. A word that
 * one tile wants twice stays two transfers, since a word lands once. Returns the set itself if no
 * source words are shared.
 */
export function mergeEqualWords(set: TransferSet, tiles: number): TransferSet {
  const by_source = transfersBySource(set, tiles);
  const merged: Transfer[] = [];
  let shared = false;
  for (let i = 0; i < by_source.length; ) {
    let end = i;
    while (end < by_source.length && set.source[by_source[end]!] === set.source[by_source[i]!])
      end++;
    const group = by_source
      .slice(i, end)
      .sort((a, b) => set.source_offset[a]! - set.source_offset[b]!);
    i = end;
    if (disjoint(set, group)) {
      if (shared) for (const t of group) merged.push(transferAt(set, t));
      continue;
    }
    if (!shared) {
      shared = true;
      for (let k = 0; k < end - group.length; k++) merged.push(transferAt(set, by_source[k]!));
    }
    merged.push(...mergeGroup(set, group));
  }
  return shared ? packTransfers(merged) : set;
}

/** True if the transfers, sorted by source offset, read no word twice. */
function disjoint(set: TransferSet, group: Int32Array): boolean {
  for (let i = 1; i < group.length; i++) {
    const before = group[i - 1]!;
    if (set.source_offset[before]! + set.words[before]! > set.source_offset[group[i]!]!)
      return false;
  }
  return true;
}

/** Cuts one source's transfers at every border and joins the destinations of equal ranges. */
function mergeGroup(set: TransferSet, group: Int32Array): Transfer[] {
  const borders = new Set<number>();
  for (const t of group) {
    borders.add(set.source_offset[t]!);
    borders.add(set.source_offset[t]! + set.words[t]!);
  }
  const cuts = [...borders].sort((a, b) => a - b);
  const out: Transfer[] = [];
  let live: number[] = [];
  let next = 0;
  for (let c = 0; c + 1 < cuts.length; c++) {
    const offset = cuts[c]!;
    live = live.filter((t) => set.source_offset[t]! + set.words[t]! > offset);
    while (next < group.length && set.source_offset[group[next]!]! === offset)
      live.push(group[next++]!);
    if (live.length > 0) out.push(...joined(set, live, offset, cuts[c + 1]! - offset));
  }
  return out;
}

/** The transfers of one range of source words: copy k of a destination goes to the k-th of them. */
function joined(set: TransferSet, live: number[], offset: number, words: number): Transfer[] {
  const copies: { tile: number; offset: number }[][] = [];
  const seen = new Map<number, number>();
  for (const t of live) {
    const skip = offset - set.source_offset[t]!;
    for (const { tile, offset: at } of transferAt(set, t).destinations) {
      const copy = seen.get(tile) ?? 0;
      seen.set(tile, copy + 1);
      copies[copy] ??= [];
      copies[copy].push({ tile, offset: at + skip });
    }
  }
  const source = set.source[live[0]!]!;
  return copies.map((destinations) => ({ source, offset, words, destinations }));
}

/** Words that all transfers deliver: a multicast word counts once a destination. */
export function deliveredWords(set: TransferSet): number {
  let sum = 0;
  for (let t = 0; t < set.count; t++) sum += set.words[t]! * (set.first[t + 1]! - set.first[t]!);
  return sum;
}

export function isUnicast(set: TransferSet): boolean {
  return set.destination.length === set.count;
}
