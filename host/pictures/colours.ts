/**
 * Colours of the pictures. Categories take those of Okabe and Ito, which readers with any common
 * colour blindness tell apart (and which differ in lightness too); quantities take viridis.
 */

export const SEND = "#0072B2";
export const LANDING = "#E69F00";
export const MUX = "#000000";
export const IDLE = "#F3F3F3";
export const DEFECT = "#000000";
/** The unit that takes over: the spare that is in use. */
export const REPAIRING = "#D55E00";
/** A unit beyond the defect: its visible row is one less than its silicon row. */
export const SHIFTED = "#56B4E9";
export const FORCED = "#CC79A7";
export const INK = "#222222";
export const QUANTITY_SCHEME = "viridis";

/** `#rrggbb` as three numbers. */
export function rgbOf(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
