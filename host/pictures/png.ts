/**
 * A picture of one byte a pixel as a PNG: for areas of hundreds of thousands of cells, which as
 * vector shapes would be too large to open. Source: PNG specification, 2nd edition (ISO 15948),
 * sections 5 and 11.
 */

import { zlibSync } from "fflate";
import { rgbOf } from "./colours.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const LEVELS = 256;

/** `data:` URL of a picture whose level 0 is `none` and whose level 255 is `full`. */
export function levelsToPng(
  levels: Uint8Array,
  width: number,
  height: number,
  none: string,
  full: string,
): string {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits a pixel, a palette, no interlace
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    lines.set(levels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const chunks = [
    chunk("IHDR", header),
    chunk("PLTE", palette(none, full)),
    chunk("IDAT", zlibSync(lines, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  let text = String.fromCharCode(...SIGNATURE);
  for (const bytes of chunks) text += binaryString(bytes);
  return `data:image/png;base64,${btoa(text)}`;
}

function palette(none: string, full: string): Uint8Array {
  const [from, to] = [rgbOf(none), rgbOf(full)];
  const colours = new Uint8Array(3 * LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    for (let c = 0; c < 3; c++) {
      const share = level / (LEVELS - 1);
      colours[3 * level + c] = Math.round(from[c]! + (to[c]! - from[c]!) * share);
    }
  }
  return colours;
}

/** Length, type, data and the checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** CRC-32 of ISO 3309, reflected, as annex D of the PNG specification has it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** In parts, since a call takes only so many arguments. */
function binaryString(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return text;
}
