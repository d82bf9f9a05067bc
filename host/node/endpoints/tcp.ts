import { connect, type Socket } from "node:net";
import { UserError } from "../../error/index.js";
import type { EndpointContext } from "../../serial/endpoint.js";
import { formatAddress } from "../../serial/grammar.js";
import { reasonOf } from "../reasons.js";
import { BackOff } from "./back-off.js";
import { endSocket, SocketEndpoint } from "./socket.js";

/** Waits between attempts to reconnect (our choice). */
const RECONNECT_FIRST_MS = 100;
const RECONNECT_LIMIT_MS = 2000;

/** How long one attempt may take, and how long the end of a connection may take (our choice). */
const CONNECT_MS = 10_000;
const END_MS = 500;

/** `tcp:HOST:PORT`: a client. It reconnects when the server goes away and comes back. */
export class TcpEndpoint extends SocketEndpoint {
  private readonly backOff = new BackOff(RECONNECT_FIRST_MS, RECONNECT_LIMIT_MS);
  private timer: NodeJS.Timeout | undefined;
  private attempt: Socket | undefined;

  constructor(
    context: EndpointContext,
    private readonly host: string,
    private readonly port: number,
  ) {
    super(context);
  }

  async open(): Promise<void> {
    try {
      await this.dial();
    } catch (error) {
      throw new UserError(
        "E508",
        `cannot connect to ${formatAddress(this.host, this.port)}: ${reasonOf(error)}`,
        { argument: `endpoint "${this.describe()}"` },
        "start the server first, and check its address and port",
      );
    }
  }

  describe(): string {
    return `tcp:${formatAddress(this.host, this.port)}`;
  }

  private dial(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.host, port: this.port });
      this.attempt = socket;
      socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error("it does not answer")));
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        socket.setTimeout(0);
        this.attempt = undefined;
        this.backOff.reset();
        this.attach(socket);
        resolve();
      });
    });
  }

  protected override detach(socket: Socket): void {
    const lost = this.socket === socket && !this.closing;
    super.detach(socket);
    if (!lost) return;
    this.log(`${this.describe()} closed the connection; the machine goes on, reconnecting`);
    this.redial();
  }

  private redial(): void {
    this.timer = setTimeout(() => {
      this.dial().then(
        () => this.log(`${this.describe()} is connected again`),
        () => {
          if (!this.closing) this.redial();
        },
      );
    }, this.backOff.step());
  }

  protected async shut(): Promise<void> {
    clearTimeout(this.timer);
    this.attempt?.destroy();
    if (this.socket !== undefined) await endSocket(this.socket, END_MS);
  }
}
