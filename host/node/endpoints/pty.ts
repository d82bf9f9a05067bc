import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { UserError } from "../../error/index.js";
import { BRIDGED_LINES, BufferedEndpoint, type EndpointContext } from "../../serial/endpoint.js";
import { openPty, PTY_METHODS, type Pty, type PtyMethod } from "../pty.js";
import { writeReasonOf } from "../reasons.js";
import { BackOff, sleep } from "./back-off.js";

/** Waits while the kernel's buffer is full, which nothing announces to us (our choice). */
const WRITE_FIRST_MS = 1;
const WRITE_LIMIT_MS = 20;

/** How long an answer to "does anyone have the device open?" is good for (our choice). */
const CLIENT_KNOWN_MS = 250;

/** After the last byte the master stays open this long: its close takes unread bytes away. */
const LINGER_MS = 50;

/** `pty[:LINK]`: a pseudo-terminal of our own, for any program that opens a serial port. */
export class PtyEndpoint extends BufferedEndpoint {
  private pty: Pty | undefined;
  private readonly backOff = new BackOff(WRITE_FIRST_MS, WRITE_LIMIT_MS);
  private clientThere = true;
  private clientAsked_ms = 0;
  private asking = false;
  private ourDescriptors = 0;
  private relayHolders: ReadonlySet<string> = new Set();
  private wroteAt_ms = 0;

  constructor(
    context: EndpointContext,
    private readonly link: string | undefined,
    private readonly methods: readonly PtyMethod[] = PTY_METHODS,
  ) {
    super(context);
  }

  async open(): Promise<void> {
    if (this.link !== undefined) checkLink(this.link);
    const pty = await openPty(this.methods);
    this.pty = pty;
    try {
      if (this.link !== undefined) makeLink(this.link, pty.path);
    } catch (error) {
      await pty.close();
      throw error;
    }
    const holders = await holdersOf(pty.path);
    this.ourDescriptors = holders.get(SELF) ?? 0;
    this.relayHolders = new Set(holders.keys());
    pty.source.on("data", (bytes: Buffer) => {
      this.received(bytes);
      if (this.inbox.full) pty.source.pause();
    });
    pty.source.on("error", (error) => {
      if (!this.closing) this.log(`${pty.path}: ${error.message}`);
    });
    this.inbox.putModem(BRIDGED_LINES);
  }

  describe(): string {
    return this.pty === undefined ? "pty" : `pty:${this.pty.path}`;
  }

  status() {
    return { connected: this.pty !== undefined && this.clientThere, peer: undefined };
  }

  protected override resumeInput(): void {
    this.pty?.source.resume();
  }

  /**
   * A client that reads slowly holds the machine back; where nobody has the device open, bytes
   * are lost as on a real line. The kernel tells only by who has the device open, so that is
   * asked when bytes no longer fit, and the answer holds for a while.
   */
  protected override isLossy(): boolean {
    if (performance.now() - this.clientAsked_ms > CLIENT_KNOWN_MS) {
      this.clientThere = true;
      void this.askForClient();
    }
    return !this.clientThere;
  }

  private async askForClient(): Promise<void> {
    if (this.asking || this.pty === undefined) return;
    this.asking = true;
    const holders = await holdersOf(this.pty.path);
    const ours = holders.get(SELF) ?? 0;
    const others = [...holders.keys()].some((pid) => !this.relayHolders.has(pid));
    this.clientThere = others || ours > this.ourDescriptors;
    this.clientAsked_ms = performance.now();
    this.asking = false;
    this.onActivity?.();
  }

  protected async send(chunk: Uint8Array): Promise<number> {
    while (!this.closing && this.pty !== undefined) {
      const count = await this.pty.write(chunk);
      if (count > 0) {
        this.backOff.reset();
        this.wroteAt_ms = performance.now();
        return count;
      }
      await sleep(this.backOff.step());
    }
    return 0;
  }

  protected async shut(): Promise<void> {
    const pty = this.pty;
    if (pty === undefined) return;
    if (performance.now() - this.wroteAt_ms < LINGER_MS) await sleep(LINGER_MS);
    if (this.link !== undefined) removeLink(this.link, pty.path);
    await pty.close();
  }
}

const SELF = String(process.pid);

/** Processes that have the device open, with the number of their descriptors. */
async function holdersOf(device: string): Promise<Map<string, number>> {
  const holders = new Map<string, number>();
  const processes = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    // A process of another user, or one that ended meanwhile, shows nothing.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
    );
    const count = targets.filter((target) => target === device).length;
    if (count > 0) holders.set(pid, count);
  }
  return holders;
}

/** A LINK that exists is replaced only if it is a symbolic link into /dev/pts (cli). */
function checkLink(link: string): void {
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isSymbolicLink() && readlinkSync(link).startsWith("/dev/pts/")) return;
  throw new UserError(
    "E506",
    `${link} exists and is no symbolic link into /dev/pts`,
    { argument: `endpoint "pty:${link}"` },
    "choose another name, or remove it yourself",
  );
}

function makeLink(link: string, device: string): void {
  try {
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
    symlinkSync(device, link);
  } catch (error) {
    throw new UserError(
      "E507",
      `cannot make the link ${link}: ${writeReasonOf(error)}`,
      { argument: `endpoint "pty:${link}"` },
      "check that its folder exists and that you may write there",
    );
  }
}

/** Removes the link unless somebody has pointed it elsewhere meanwhile. */
function removeLink(link: string, device: string): void {
  try {
    if (readlinkSync(link) === device) unlinkSync(link);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
