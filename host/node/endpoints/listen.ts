import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { UserError } from "../../error/index.js";
import { ABSENT_LINES, type EndpointContext } from "../../serial/endpoint.js";
import { formatAddress } from "../../serial/grammar.js";
import { reasonOf } from "../reasons.js";
import { endSocket, peerOf, SocketEndpoint } from "./socket.js";

/** How long the end of a connection may take (our choice). */
const END_MS = 500;

/**
 * A client that ends its side may have gone, or may wait for the answer (`nc -N`, `socat`): both
 * look the same. It is sent what the guest says for this long (our choice).
 */
const ANSWER_MS = 1000;

/** `tcp-listen:[HOST:]PORT`: a server for one client; the next comes when it has gone. */
export class ListenEndpoint extends SocketEndpoint {
  /** As in the grammar; `rfc2217-listen` derives from this class. */
  protected readonly kind: string = "tcp-listen";
  private readonly server: Server;
  /** Clients refused while the present one is there. */
  private refused = 0;

  constructor(
    context: EndpointContext,
    private readonly host: string,
    private port: number,
  ) {
    super(context);
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    this.outbox.hold();
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

  describe(): string {
    return `${this.kind}:${formatAddress(this.host, this.port)}`;
  }

  private cannotListen(error: NodeJS.ErrnoException): UserError {
    const taken = error.code === "EADDRINUSE";
    return new UserError(
      taken ? "E509" : "E510",
      `cannot listen on ${formatAddress(this.host, this.port)}: ${reasonOf(error)}`,
      { argument: `endpoint "${this.describe()}"` },
      taken
        ? "another program has the port: choose another, or 0 for any free one"
        : "use an address of this computer (127.0.0.1, 0.0.0.0, [::1]) and a port you may bind",
    );
  }

  private accept(socket: Socket): void {
    const present = this.socket;
    if (present !== undefined && !present.readableEnded) {
      this.refuse(socket, present);
      return;
    }
    if (present !== undefined) {
      // The client before has ended its side and only listened: the new one takes its place.
      this.detach(present);
      void endSocket(present, END_MS);
    }
    this.log(`${this.describe()}: ${peerOf(socket)} connected`);
    this.attach(socket);
  }

  protected override attach(socket: Socket): void {
    super.attach(socket);
    socket.once("end", () => {
      if (this.socket !== socket) return;
      this.inbox.putModem(ABSENT_LINES);
      setTimeout(() => void endSocket(socket, END_MS), ANSWER_MS).unref();
    });
  }

  /**
   * A line has two ends: a second client is told so and let go. The log says so once: a program
   * that tries again and again is counted.
   */
  private refuse(socket: Socket, present: Socket): void {
    if (this.refused++ === 0) {
      this.log(`${this.describe()}: ${peerOf(socket)} refused, ${peerOf(present)} is connected`);
    }
    socket.on("error", () => socket.destroy());
    socket.write(
      `hotspare: ${this.context.uart} has a client already (${peerOf(present)}); ` +
        "this connection is refused\r\n",
    );
    void endSocket(socket, END_MS);
  }

  protected override detach(socket: Socket): void {
    const lost = this.socket === socket && !this.closing;
    if (this.socket === socket) this.countRefused();
    super.detach(socket);
    if (lost) this.log(`${this.describe()}: the client is gone`);
  }

  private countRefused(): void {
    const more = this.refused - 1;
    this.refused = 0;
    if (more <= 0) return;
    this.log(`${this.describe()}: ${more} more refused`);
  }

  protected async shut(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (this.socket !== undefined) await endSocket(this.socket, END_MS);
    if (this.server.listening) await stopped;
  }
}
