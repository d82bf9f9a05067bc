import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { READ_ERROR } from "../bus/head";
import { fabricStart } from "./fabric";
import { columnOf, fabricOf, slotOf } from "./state";

/**
 * Control page of a tile's core: the door to its exchange unit.
 *
 *   offset  name          access  reset        meaning
 *   0x00    ROW           WO      -            Runs the exchange row at this byte address.
 *   0x04    TILE_ID       RO      -            Visible tile: what the identity chain reads.
 *   0x08    LOGICAL_ID    RO      -            Logical tile: what programs are compiled for.
 *   0x0c    REPAIR        RO      0x0000_00ff  Silicon row that this column leaves out; 0xff none.
 *   0x10    STATUS        RO      0x0000_0000  Code of the tile's first error; 0 without one.
 *   0x14    STATUS_EVENT  RO      0x0000_0000  Its event, from 0.
 *   0x18    CYCLE         RO      -            Cycle of the tiles' clock, low half.
 *   0x1c    CYCLEH        RO      -            High half, of this very cycle.
 *   0x20    TILES         RO      -            Tiles that take part in the chip's barrier.
 *
 * The store to ROW completes when the row has returned, and the core continues 24 cycles later.
 * Aligned 32-bit accesses only. Bus errors: a write to any other register than ROW, a read of ROW,
 * an address that is no multiple of 4, a row where the exchange unit does not work, other offsets.
 * Source: specs/tile-processor.md, section 5 names it; the layout is our choice.
 */

export const ROW:   u32 = 0x00;
const TILE_ID:      u32 = 0x04;
const LOGICAL_ID:   u32 = 0x08;
const REPAIR:       u32 = 0x0c;
const STATUS:       u32 = 0x10;
const STATUS_EVENT: u32 = 0x14;
const CYCLE:        u32 = 0x18;
const CYCLEH:       u32 = 0x1c;
const TILES:        u32 = 0x20;

/** A read of the control page of `slot` in cycle `now`; nothing can have happened to it since. */
export function controlRead(b: usize, slot: u32, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  const f = fabricOf(b);
  const s = slotOf(b, slot);
  switch (offset) {
    case TILE_ID:      return <u64>s.visible;
    case LOGICAL_ID:   return <u64>s.logical;
    case REPAIR:       return <u64>columnOf(b, s.place >> 2).code;
    case STATUS:       return <u64>s.status;
    case STATUS_EVENT: return s.statusEvent & 0xffff_ffff;
    case CYCLE:        return now & 0xffff_ffff;
    case CYCLEH:       return now >> 32;
    case TILES:        return <u64>f.members;
    default:           return READ_ERROR;
  }
}

/** The core of `slot` stores to ROW in cycle `now`. The access is open until the row returns. */
export function controlRow(b: usize, slot: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4 || (value & 3) != 0 || !fabricStart(b, slot, value, now)) return BUS_ERROR;
  slotOf(b, slot).asked = 1;
  return BUS_OK;
}
