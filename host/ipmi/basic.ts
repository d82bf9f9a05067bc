/**
 * IPMI messages in the serial interface's basic mode: A0, the escaped message, A5.
 * Source: IPMI specification 2.0, section 14.4 (basic mode) and 13.8 (message format).
 */

const START = 0xa0;
const STOP = 0xa5;
const HANDSHAKE = 0xa6;
const ESCAPE = 0xaa;
/** Bytes that must not stand in a frame as they are, and what follows the escape instead. */
const ESCAPED: ReadonlyMap<number, number> = new Map([
  [START, 0xb0],
  [STOP, 0xb5],
  [HANDSHAKE, 0xb6],
  [ESCAPE, 0xba],
  [0x1b, 0x3b],
]);
const PLAIN: ReadonlyMap<number, number> = new Map(
  [...ESCAPED].map(([byte, code]) => [code, byte]),
);

const BMC_ADDRESS = 0x20;
const SOFTWARE_ADDRESS = 0x81;
/** Addresses, netFn, sequence, command, completion code and both checksums. */
const ANSWER_BYTES_LEAST = 8;
/** Longest message we keep: more than any BMC may send in this mode. */
const MESSAGE_BYTES_MOST = 256;

export interface IpmiRequest {
  readonly netFn: number;
  readonly command: number;
  readonly data: readonly number[];
}

export interface IpmiAnswer {
  readonly netFn: number;
  readonly command: number;
  readonly sequence: number;
  readonly completion: number;
  readonly data: Uint8Array;
}

function checksum(bytes: readonly number[]): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

/** The frame of a request. `sequence`: 0 to 63. */
export function encodeRequest(request: IpmiRequest, sequence: number): Uint8Array {
  const head = [BMC_ADDRESS, request.netFn << 2];
  const tail = [SOFTWARE_ADDRESS, sequence << 2, request.command, ...request.data];
  const message = [...head, checksum(head), ...tail, checksum(tail)];
  const escaped = message.flatMap((byte) => {
    const code = ESCAPED.get(byte);
    return code === undefined ? [byte] : [ESCAPE, code];
  });
  return Uint8Array.from([START, ...escaped, STOP]);
}

/** The answer in a message without its frame, or null if a checksum or the form is wrong. */
export function decodeAnswer(message: readonly number[]): IpmiAnswer | null {
  if (message.length < ANSWER_BYTES_LEAST) return null;
  const [to, netFn = 0, , , sequence = 0, command = 0, completion = 0] = message;
  if (to !== SOFTWARE_ADDRESS) return null;
  if (checksum(message.slice(0, 2)) !== message[2]) return null;
  if (checksum(message.slice(3, -1)) !== message.at(-1)) return null;
  return {
    netFn: netFn >> 2,
    command,
    sequence: sequence >> 2,
    completion,
    data: Uint8Array.from(message.slice(7, -1)),
  };
}

/** Finds the frames in a stream of bytes; what lies between them is ignored. */
export class FrameReader {
  private message: number[] | null = null;
  private escaping = false;

  /** Takes bytes; returns the messages that they complete. */
  add(bytes: Uint8Array): number[][] {
    const complete: number[][] = [];
    for (const byte of bytes) {
      if (byte === START) this.begin();
      else if (this.message === null) continue;
      else if (byte === STOP) {
        complete.push(this.message);
        this.message = null;
      } else if (byte === ESCAPE) this.escaping = true;
      else if (byte !== HANDSHAKE) this.put(byte);
    }
    return complete;
  }

  private begin(): void {
    this.message = [];
    this.escaping = false;
  }

  private put(byte: number): void {
    const plain = this.escaping ? PLAIN.get(byte) : byte;
    this.escaping = false;
    if (plain === undefined || this.message!.length === MESSAGE_BYTES_MOST) this.message = null;
    else this.message!.push(plain);
  }
}
