import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { close, closeSync, constants, openSync, readFileSync, write } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { ReadStream } from "node:tty";
import { UserError } from "../error/index.js";

/**
 * A pseudo-terminal on a stock Linux, without compiling anything. Node can open /dev/ptmx and
 * learn the slave's number from /proc, but has no ioctl to unlock it: a short-lived helper that
 * inherits the descriptor does that and sets raw mode. Where no such helper exists, `script` or
 * `socat` stands between us and a pseudo-terminal of its own.
 */
export interface Pty {
  /** The device that clients open, `/dev/pts/N`. */
  readonly path: string;
  /** What clients write. Pausing it stops reading, and the kernel then stops the clients. */
  readonly source: Readable;
  /** Writes what the kernel takes now; resolves to the number of bytes, 0 when it is full. */
  write(chunk: Uint8Array): Promise<number>;
  /** Releases everything. Once. */
  close(): Promise<void>;
}

/** `_IOW('T', 0x31, int)`: TIOCSPTLCK of Linux's asm-generic/ioctls.h, the same on x86 and Arm. */
const TIOCSPTLCK = "0x40045431";

/** The helpers get the master as this descriptor: libuv sets blocking mode on 0 to 2. */
const MASTER_IN_HELPER = 3;

/** Raw: every byte passes unchanged both ways; 38400 baud stands in for "some rate". */
const PERL_HELPER = `
use POSIX;
open(my $master, "+<&=", ${MASTER_IN_HELPER}) or die "open: $!\\n";
my $zero = pack("i", 0);
ioctl($master, ${TIOCSPTLCK}, $zero) or die "unlock: $!\\n";
my $t = POSIX::Termios->new;
$t->getattr(${MASTER_IN_HELPER}) or die "getattr: $!\\n";
$t->setiflag(0); $t->setoflag(0); $t->setlflag(0);
$t->setcflag(CS8 | CREAD | CLOCAL);
$t->setispeed(B38400); $t->setospeed(B38400);
$t->setcc(VMIN, 1); $t->setcc(VTIME, 0);
$t->setattr(${MASTER_IN_HELPER}, TCSANOW) or die "setattr: $!\\n";
`;

const PYTHON_HELPER = `
import fcntl, struct, tty
fcntl.ioctl(${MASTER_IN_HELPER}, ${TIOCSPTLCK}, struct.pack("i", 0))
tty.setraw(${MASTER_IN_HELPER})
`;

export type PtyMethod = "perl" | "python3" | "script" | "socat";

const METHODS: Readonly<Record<PtyMethod, () => Pty | Promise<Pty>>> = {
  perl: () => openMaster("perl", ["-e", PERL_HELPER]),
  python3: () => openMaster("python3", ["-c", PYTHON_HELPER]),
  script: openByScript,
  socat: openBySocat,
};

/** In the order of preference. Source: specification of the bridge, section 5. */
export const PTY_METHODS: readonly PtyMethod[] = ["perl", "python3", "script", "socat"];

/**
 * Opens a pseudo-terminal by the first method that works.
 * Throws UserError E505 with what each method said.
 */
export async function openPty(methods: readonly PtyMethod[] = PTY_METHODS): Promise<Pty> {
  const reasons: string[] = [];
  for (const method of methods) {
    try {
      return await METHODS[method]();
    } catch (error) {
      reasons.push(`${method}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new UserError(
    "E505",
    `no pseudo-terminal could be made (${reasons.join("; ")})`,
    { argument: "endpoint pty" },
    "install perl or socat, check that /dev/ptmx and /dev/pts exist, or use tcp-listen:0",
  );
}

const SLAVE_FLAGS = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

function openMaster(helper: string, args: readonly string[]): Pty {
  const master = openSync("/dev/ptmx", SLAVE_FLAGS);
  let slave: number;
  let path: string;
  try {
    path = `/dev/pts/${slaveIndex(master)}`;
    runHelper(helper, args, master);
    slave = openSync(path, SLAVE_FLAGS);
  } catch (error) {
    closeSync(master);
    throw error;
  }
  const source = new ReadStream(master);
  let writing = Promise.resolve(0);
  return {
    path,
    source,
    write: (chunk) => {
      writing = writeDescriptor(master, chunk);
      return writing;
    },
    // The stream owns the master and closes it, but not under a write: the number could by then
    // belong to another file.
    close: async () => {
      await writing;
      source.destroy();
      await closeDescriptor(slave);
    },
  };
}

function slaveIndex(master: number): string {
  const info = readFileSync(`/proc/self/fdinfo/${master}`, "utf8");
  const index = /^tty-index:\s*(\d+)$/m.exec(info)?.[1];
  if (index === undefined) throw new Error("/proc/self/fdinfo names no tty-index");
  return index;
}

function runHelper(helper: string, args: readonly string[], master: number): void {
  const done = spawnSync(helper, [...args], {
    stdio: ["ignore", "ignore", "pipe", master],
    timeout: HELPER_MS,
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(done.stderr.toString().trim() || `exit ${done.status}`);
}

/** A helper takes some 10 ms; one that takes this long is stuck (our choice). */
const HELPER_MS = 5000;

/** Never through the stream: its write blocks the process when no client reads. */
function writeDescriptor(fd: number, chunk: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    write(fd, chunk, 0, chunk.length, null, (error, count) => resolve(error ? 0 : count));
  });
}

function closeDescriptor(fd: number): Promise<void> {
  return new Promise((resolve) => close(fd, () => resolve()));
}

/**
 * util-linux `script` makes a PTY, runs a program that holds it open, and relays to our pipes. The
 * program reads a pipe of ours, so that both end when this process does, however it ends.
 */
async function openByScript(): Promise<Pty> {
  const hold = "stty raw -echo; tty >&3; exec cat <&4 >/dev/null";
  const child = spawn("script", ["-q", "-f", "-c", hold, "/dev/null"], {
    stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"],
  });
  return relay(child, child.stdio[3] as Readable, /^(\/dev\/pts\/\d+)$/m);
}

async function openBySocat(): Promise<Pty> {
  const child = spawn("socat", ["-d", "-d", "pty,rawer", "stdio"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  return relay(child, child.stderr, /PTY is (\/dev\/pts\/\d+)/);
}

/** Waits until the relay has said which device it made, and holds a slave descriptor open. */
async function relay(child: ChildProcess, announcer: Readable, pattern: RegExp): Promise<Pty> {
  let path: string;
  try {
    path = await announced(child, announcer, pattern);
  } catch (error) {
    child.kill();
    throw error;
  }
  const slave = openSync(path, SLAVE_FLAGS);
  const sink = child.stdin as Writable;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  sink.on("error", () => child.kill());
  return {
    path,
    source: child.stdout as Readable,
    write: (chunk) =>
      new Promise((resolve) => {
        sink.write(chunk, (error) => resolve(error ? 0 : chunk.length));
      }),
    close: async () => {
      child.kill("SIGKILL");
      await Promise.all([ended, closeDescriptor(slave)]);
    },
  };
}

function announced(child: ChildProcess, announcer: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("it named no device")), HELPER_MS);
    announcer.on("data", (piece) => {
      text += piece;
      const path = pattern.exec(text)?.[1];
      if (path === undefined) return;
      clearTimeout(timer);
      resolve(path);
    });
    child.once("error", reject);
    child.once("exit", (status) => reject(new Error(text.trim() || `exit ${status}`)));
  });
}
