/**
 * The silicon: where units lie, the identity chain, repair codes, delay stages, and the muxes'
 * repair logic. Nothing here knows a path's length: configuration gives every slot its own parts,
 * and a path is their sum (tile-processor.md, section 3, last paragraph but one).
 *
 *   a tile at silicon row p drives its column's base           p + stage(data out) after the event
 *   base to the destination's mux                              10 + |D| + cross
 *   mux to the tile                                            10 + p + stage(data in)
 *   mux write to the mux                                       40 + p + stage(mux control)
 *   acknowledge                                                4x + col - 1 + p + stage(sync)
 *
 * The split into 10, 10 and 40 is our choice; the sums are published.
 */
import {
  COLUMNS_MAX,
  CODE_NONE,
  Column,
  Fabric,
  FLAG_MEMBER,
  NO_TILE,
  Slot,
  Stage,
  builtRows,
  columnOf,
  distanceRow,
  fabricOf,
  slotOf,
} from "./state";

/** Bit of a distance byte: the word comes by the direction that sctl bit 1 drives. */
export const DIRECTION_BIT: u32 = 0x80;
export const NO_SLOT: u32 = 0xffff_ffff;

/** Values from here on select nothing (published: 0x600 is the host, 0x640 neutral). */
export const MUX_NULL: u32 = 0x600;
const MUX_TO_TILE: u32 = 10;
const MUX_CONTROL: u32 = 40;
const BASE_TO_MUX: i32 = 10;

/** Place along its side of the fabric. */
function along(f: Fabric, col: u32): i32 {
  return <i32>(col < f.columns >> 1 ? col : f.columns - 1 - col);
}

function sideOf(f: Fabric, col: u32): u32 {
  return u32(col >= f.columns >> 1);
}

/** From a column's base to the mux of a receiver: 10 + |D| + cross, and the direction's bit. */
function baseToMux(f: Fabric, col_s: u32, sub_s: u32, col_d: u32, sub_d: u32): u32 {
  const side_s = sideOf(f, col_s);
  const side_d = sideOf(f, col_d);
  const x_s = along(f, col_s);
  let k: i32;
  if (sub_d >= 2) k = side_d == (sub_d & 1) ? 2 : 4;
  else k = side_d == sub_d ? 1 : 5;
  const distance = 6 * (along(f, col_d) - (x_s + <i32>(side_s ^ (sub_s & 1)))) + k;
  let cross: i32 = 0;
  if (side_s != side_d) cross = side_s == 0 ? <i32>f.columns - 1 - 2 * x_s : 1 + 2 * x_s;
  return <u32>(BASE_TO_MUX + abs(distance) + cross) | (distance < 1 ? DIRECTION_BIT : 0);
}

/** Fills the table of distances between columns; it depends on the number of columns alone. */
export function layDistances(b: usize): void {
  const f = fabricOf(b);
  for (let col_d: u32 = 0; col_d < f.columns; col_d++) {
    for (let sub_d: u32 = 0; sub_d < f.subs; sub_d++) {
      const row = distanceRow(b, col_d * 4 + sub_d);
      for (let col_s: u32 = 0; col_s < f.columns; col_s++) {
        for (let sub_s: u32 = 0; sub_s < f.subs; sub_s++) {
          store<u8>(row + col_s * 4 + sub_s, <u8>baseToMux(f, col_s, sub_s, col_d, sub_d));
        }
      }
    }
  }
}

/** A stage is in for units on the near side of the row left out, unless it is forced. */
function stage(s: Slot, path: u32, p: u32, code: u32): u32 {
  const forced = (s.force >> (path << 1)) & 3;
  if (forced) return forced - 1;
  return u32(p < code);
}

/**
 * Runs the identity chain of every column and sets what follows from codes, defects and faults.
 * To be called after any change of those.
 */
export function configure(b: usize): void {
  const f = fabricOf(b);
  for (let col: u32 = 0; col < f.columns; col++) configureColumn(b, col);
  f.members = 0;
  for (let index: u32 = 0; index < f.slots; index++) {
    if (awaited(slotOf(b, index))) f.members += 1;
  }
}

function configureColumn(b: usize, col: u32): void {
  const f = fabricOf(b);
  const column = columnOf(b, col);
  const built = builtRows(f);
  let identity: u32 = 0xffff_ffff; // the base drives all ones
  for (let p: u32 = 0; p < built; p++) {
    const disabled = p == column.code;
    if (!disabled) identity++;
    for (let sub: u32 = 0; sub < f.subs; sub++) {
      const s = slotOf(b, (col * built + p) * f.subs + sub);
      configureSlot(f, column, s, p, col, sub, disabled ? NO_TILE : identity);
      // A word passes the registers of all rows between its unit and the base.
      const below = p > 0 ? slotOf(b, (col * built + p - 1) * f.subs + sub) : null;
      s.passMask = s.stuckMask | (below ? below.passMask : 0);
      s.passValue = s.stuckValue;
      if (below) s.passValue = (s.stuckValue & ~below.passMask) | below.passValue;
    }
  }
}

function configureSlot(
  f: Fabric,
  column: Column,
  s: Slot,
  p: u32,
  col: u32,
  sub: u32,
  identity: u32,
): void {
  const idle = identity == f.rows;
  s.silicon = p;
  s.place = col * 4 + sub;
  s.tied = u32(idle || identity == NO_TILE);
  s.visible = s.tied ? NO_TILE : (identity << 6) | (col << 2) | sub;
  s.broken = (column.defects >> p) & 1;
  s.busLive = u32(s.tied == 0 && s.broken == 0 && s.busDead == 0);
  s.outDelay = p + stage(s, Stage.DATA_OUT, p, column.code);
  s.inDelay = MUX_TO_TILE + p + stage(s, Stage.DATA_IN, p, column.code);
  s.lead = s.inDelay + MUX_CONTROL + p + stage(s, Stage.MUX_CONTROL, p, column.code);
  s.start = 4 * along(f, col) + <i32>col - 1 + <i32>(p + stage(s, Stage.SYNC, p, column.code));
}

/**
 * The bus that a mux picks for a value: the source's column has its repair code, and rows from
 * there on lie one unit further out. NO_SLOT: nothing can ever arrive.
 */
export function selectedSlot(b: usize, value: u32): u32 {
  if (value >= MUX_NULL) return NO_SLOT;
  const f = fabricOf(b);
  const row = value >> 6;
  const col = (value >> 2) & 15;
  const sub = value & 3;
  if (row >= f.rows || col >= f.columns || sub >= f.subs) return NO_SLOT;
  const p = row + u32(row >= columnOf(b, col).code);
  return (col * (f.rows + 1) + p) * f.subs + sub;
}

/** Slot that answers to a visible tile number; NO_SLOT if none does. */
export function slotOfTile(b: usize, tile: u32): u32 {
  const slots = fabricOf(b).slots;
  for (let index: u32 = 0; index < slots; index++) {
    if (slotOf(b, index).visible == tile) return index;
  }
  return NO_SLOT;
}

/** Whether the exchange unit of a slot works at all. */
// @ts-ignore: decorator
@inline
export function works(s: Slot): bool {
  return s.memory != 0 && (s.broken | s.tied) == 0;
}

/** Whether the barrier waits for a slot: broken tiles too, unless the code has tied them off. */
// @ts-ignore: decorator
@inline
export function awaited(s: Slot): bool {
  return (s.flags & FLAG_MEMBER) != 0 && s.tied == 0;
}

/** A column's code as software reads it. */
export function repairCode(b: usize, col: u32): u32 {
  return col < COLUMNS_MAX ? columnOf(b, col).code : CODE_NONE;
}
