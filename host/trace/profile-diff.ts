/** Two profiles compared: which functions gained cycles, and which lost them. */

/** What a comparison needs of the result of `hotspare profile --json`. */
export interface ProfileFile {
  readonly kind: "profile";
  readonly harts: readonly {
    readonly name: string;
    readonly cycles: number;
    readonly functions: readonly { readonly name: string; readonly self: number }[];
  }[];
}

export interface ProfileDifference {
  readonly harts: readonly {
    readonly name: string;
    /** More cycles in the second profile. */
    readonly cycles: number;
    /** Functions whose own cycles differ, the largest change first. */
    readonly functions: readonly { readonly name: string; readonly gained: number }[];
  }[];
}

/** The profile in a file; null when it holds none. */
export function profileOf(bytes: Uint8Array): ProfileFile | null {
  if (bytes[0] !== 0x7b) return null; // "{"
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isProfile(value) ? value : null;
  } catch {
    return null;
  }
}

function isProfile(value: unknown): value is ProfileFile {
  const { kind, harts } = value as Partial<ProfileFile>;
  if (kind !== "profile" || !Array.isArray(harts)) return false;
  return harts.every(
    (hart) =>
      typeof hart?.name === "string" &&
      Number.isFinite(hart.cycles) &&
      Array.isArray(hart.functions) &&
      hart.functions.every(
        (row: { name?: unknown; self?: unknown } | null) =>
          typeof row?.name === "string" && Number.isFinite(row.self),
      ),
  );
}

/** Null when no function of any hart differs. */
export function diffProfiles(a: ProfileFile, b: ProfileFile): ProfileDifference | null {
  const names = [...new Set([...a.harts, ...b.harts].map(({ name }) => name))];
  const harts = names.map((name) => {
    const [before, after] = [a, b].map(({ harts: rows }) => rows.find((row) => row.name === name));
    const gains = new Map<string, number>();
    const add = (rows: ProfileFile["harts"][number] | undefined, sign: number) => {
      for (const row of rows?.functions ?? []) {
        gains.set(row.name, (gains.get(row.name) ?? 0) + sign * row.self);
      }
    };
    add(before, -1);
    add(after, 1);
    const functions = [...gains]
      .filter(([, gained]) => gained !== 0)
      .map(([function_, gained]) => ({ name: function_, gained }))
      .sort((x, y) => Math.abs(y.gained) - Math.abs(x.gained) || (x.name < y.name ? -1 : 1));
    return { name, cycles: (after?.cycles ?? 0) - (before?.cycles ?? 0), functions };
  });
  const different = harts.filter(({ cycles, functions }) => cycles !== 0 || functions.length > 0);
  return different.length === 0 ? null : { harts: different };
}
