/**
 * Framing of the GDB remote serial protocol: `$data#checksum`, `+`, `-` and the interrupt byte.
 * Source: "Debugging with GDB", appendix "GDB Remote Serial Protocol", sections "Overview" and
 * "Binary Data". Characters are bytes; strings here hold one byte a character (Latin-1).
 */

/** Bytes of the longest packet taken, and told to GDB as PacketSize (our choice). */
export const PACKET_BYTES = 0x4000;

export type GdbEvent =
  | { readonly kind: "packet"; readonly data: string }
  /** A packet whose checksum is wrong, or one that is too long. */
  | { readonly kind: "damaged" }
  | { readonly kind: "nak" }
  /** Ctrl-C. */
  | { readonly kind: "interrupt" };

const DOLLAR = 0x24;
const HASH = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ESCAPE = 0x7d;
const ESCAPE_BIT = 0x20;
const INTERRUPT = 0x03;

/** Cuts a stream of bytes into events. Bytes outside of packets that mean nothing are dropped. */
export class PacketReader {
  private data: number[] | null = null;
  /** Characters of the checksum, once the # has come. */
  private checksum: string | null = null;

  feed(bytes: Uint8Array): GdbEvent[] {
    const events: GdbEvent[] = [];
    for (const byte of bytes) {
      const event = this.take(byte);
      if (event !== null) events.push(event);
    }
    return events;
  }

  private take(byte: number): GdbEvent | null {
    if (this.checksum !== null) return this.takeChecksum(byte);
    if (this.data === null) return this.takeOutside(byte);
    if (byte === HASH) {
      this.checksum = "";
    } else if (byte === DOLLAR) {
      this.data = []; // the sender began anew
    } else {
      this.data.push(byte);
      if (this.data.length > 2 * PACKET_BYTES) {
        this.data = null;
        return { kind: "damaged" };
      }
    }
    return null;
  }

  private takeOutside(byte: number): GdbEvent | null {
    if (byte === DOLLAR) this.data = [];
    if (byte === INTERRUPT) return { kind: "interrupt" };
    return byte === MINUS ? { kind: "nak" } : null;
  }

  private takeChecksum(byte: number): GdbEvent | null {
    this.checksum += String.fromCharCode(byte);
    if (this.checksum!.length < 2) return null;
    const { data, checksum } = this;
    this.data = null;
    this.checksum = null;
    const sum = data!.reduce((total, value) => (total + value) & 0xff, 0);
    if (!/^[0-9a-fA-F]{2}$/.test(checksum!) || Number.parseInt(checksum!, 16) !== sum) {
      return { kind: "damaged" };
    }
    return { kind: "packet", data: unescaped(data!) };
  }
}

function unescaped(data: readonly number[]): string {
  let text = "";
  for (let n = 0; n < data.length; n++) {
    const byte = data[n]!;
    const next = data[n + 1];
    if (byte === ESCAPE && next !== undefined) {
      text += String.fromCharCode(next ^ ESCAPE_BIT);
      n++;
    } else {
      text += String.fromCharCode(byte);
    }
  }
  return text;
}

/** A packet as bytes. Characters that mean something to the framing are escaped. */
export function encodePacket(data: string): Uint8Array {
  const bytes: number[] = [DOLLAR];
  let sum = 0;
  const put = (byte: number) => {
    bytes.push(byte);
    sum = (sum + byte) & 0xff;
  };
  for (let n = 0; n < data.length; n++) {
    const byte = data.charCodeAt(n) & 0xff;
    if (byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === 0x2a) {
      put(ESCAPE);
      put(byte ^ ESCAPE_BIT);
    } else {
      put(byte);
    }
  }
  const digits = sum.toString(16).padStart(2, "0");
  bytes.push(HASH, digits.charCodeAt(0), digits.charCodeAt(1));
  return Uint8Array.from(bytes);
}

export const ACK: Uint8Array = Uint8Array.of(PLUS);
export const NAK: Uint8Array = Uint8Array.of(MINUS);

/** Bytes as hex digits. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text as the hex digits of its UTF-8 bytes. */
export function hexText(text: string): string {
  return hexOf(new TextEncoder().encode(text));
}

/** The bytes of hex digits; null where they are none. */
export function bytesOf(hex: string): Uint8Array | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, n) =>
    Number.parseInt(hex.slice(2 * n, 2 * n + 2), 16),
  );
}

/** A word as GDB wants it: hex digits of its bytes, lowest first. */
export function hexWord(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return hexOf(bytes);
}

/** The inverse; null where the digits are no word. */
export function wordOf(hex: string): number | null {
  const bytes = bytesOf(hex);
  if (bytes === null || bytes.length !== 4) return null;
  return new DataView(bytes.buffer).getUint32(0, true);
}

/** A number of the protocol: big-endian hex digits, at most 32 bits; null where it is none. */
export function numberOf(hex: string): number | null {
  return /^[0-9a-fA-F]{1,8}$/.test(hex) ? Number.parseInt(hex, 16) : null;
}
