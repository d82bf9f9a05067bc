/** How a GDB client reaches a machine: a TCP server for one client at a time, or stdin and stdout. */

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { UserError } from "../error/index.js";
import { formatAddress } from "../serial/grammar.js";

/** A client: bytes from it, bytes to it, and its end. */
export interface GdbClient {
  onBytes: (bytes: Uint8Array) => void;
  onClose: () => void;
  send(bytes: Uint8Array): void;
  end(): void;
}

export interface GdbDoor {
  /** The next client; null when none can come any more. */
  next(): Promise<GdbClient | null>;
  /** A client that is there already and waits to be served; null otherwise. */
  waiting(): boolean;
  /** Where clients come in: `127.0.0.1:1234`, or `stdio`. */
  readonly place: string;
  close(): Promise<void>;
}

/** Where `--gdb` listens. */
export type GdbPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "stdio" };

/** @throws UserError E509, E510 when the port cannot be listened on. */
export async function openGdbDoor(place: GdbPlace): Promise<GdbDoor> {
  if (place.kind === "stdio") return new StreamDoor(process.stdin, process.stdout);
  const door = new SocketDoor(place.host, place.port);
  await door.open();
  return door;
}

class StreamClient implements GdbClient {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClose: () => void = () => {};

  constructor(
    private readonly input: Readable,
    private readonly output: Writable,
    gone: () => void,
  ) {
    const close = () => {
      gone();
      this.onClose();
    };
    input.on("data", (bytes: Uint8Array) => this.onBytes(bytes));
    input.once("end", close);
    input.once("close", close);
    input.on("error", close);
    output.on("error", close);
    input.pause();
  }

  /** Bytes come from now on: a handler is there. */
  start(): void {
    this.input.resume();
  }

  send(bytes: Uint8Array): void {
    if (this.output.writable) this.output.write(bytes);
  }

  end(): void {
    this.input.removeAllListeners("data");
    this.output.end();
  }
}

/** One client, which is whoever has our stdin and stdout: `target remote | hotspare run ...`. */
class StreamDoor implements GdbDoor {
  readonly place = "stdio";
  private client: StreamClient | null;

  constructor(input: Readable, output: Writable) {
    this.client = new StreamClient(input, output, () => {});
  }

  async next(): Promise<GdbClient | null> {
    const { client } = this;
    this.client = null;
    client?.start();
    return client;
  }

  waiting(): boolean {
    return this.client !== null;
  }

  async close(): Promise<void> {
    process.stdin.pause();
  }
}

class SocketDoor implements GdbDoor {
  private readonly server: Server;
  private socket: Socket | null = null;
  private arrived: StreamClient | null = null;
  private wake: (() => void) | null = null;
  private closed = false;

  constructor(
    private readonly host: string,
    private port: number,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) => reject(this.cannotListen(error)));
      this.server.listen(this.port, this.host, () => {
        this.port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  get place(): string {
    return formatAddress(this.host, this.port);
  }

  private cannotListen(error: NodeJS.ErrnoException): UserError {
    const taken = error.code === "EADDRINUSE";
    return new UserError(
      taken ? "E509" : "E510",
      `cannot listen on ${this.place}: ${error.message}`,
      { argument: "--gdb" },
      taken
        ? "another program has the port: choose another, or 0 for any free one"
        : "use an address of this computer (127.0.0.1, [::1]) and a port you may bind",
    );
  }

  private accept(socket: Socket): void {
    if (this.socket !== null) {
      socket.destroy();
      return;
    }
    this.socket = socket;
    socket.setNoDelay(true);
    this.arrived = new StreamClient(socket, socket, () => {
      if (this.socket === socket) this.socket = null;
      socket.destroy();
    });
    this.wake?.();
  }

  async next(): Promise<GdbClient | null> {
    while (this.arrived === null && !this.closed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const client = this.arrived;
    this.arrived = null;
    client?.start();
    return client;
  }

  waiting(): boolean {
    return this.arrived !== null;
  }

  close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    this.socket?.end();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
