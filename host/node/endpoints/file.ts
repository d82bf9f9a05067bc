import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "../../error/index.js";
import { BRIDGED_LINES, BufferedEndpoint, type EndpointContext } from "../../serial/endpoint.js";
import { reasonOf, writeReasonOf } from "../reasons.js";

/** `file:PATH`: what the guest sends goes to a file, which is emptied first. No input. */
export class FileEndpoint extends BufferedEndpoint {
  private handle: FileHandle | undefined;
  private failed = false;

  constructor(
    context: EndpointContext,
    private readonly path: string,
  ) {
    super(context);
  }

  async open(): Promise<void> {
    try {
      this.handle = await open(this.path, "w");
    } catch (error) {
      throw new UserError(
        "E511",
        `cannot write ${this.path}: ${writeReasonOf(error)}`,
        { argument: `endpoint "${this.describe()}"` },
        "check the folder and its permissions",
      );
    }
    this.inbox.putModem(BRIDGED_LINES);
  }

  describe(): string {
    return `file:${this.path}`;
  }

  status() {
    return { connected: this.handle !== undefined && !this.failed, peer: undefined };
  }

  override inputPossible(): boolean {
    return false;
  }

  /** A full disk does not stop the machine: the loss is said once and counted. */
  protected async send(chunk: Uint8Array): Promise<number> {
    try {
      const { bytesWritten } = await this.handle!.write(chunk);
      return bytesWritten;
    } catch (error) {
      if (!this.failed) this.log(`${this.path}: ${reasonOf(error)}; output is lost`);
      this.failed = true;
      this.counters.dropped += chunk.length;
      this.counters.tx -= chunk.length;
      return chunk.length;
    }
  }

  protected async shut(): Promise<void> {
    await this.handle?.close();
  }
}
