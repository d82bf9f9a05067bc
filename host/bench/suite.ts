/** The benchmarks by name. Each gives one or more results; times are wall times of this computer. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineImage } from "../core/image.js";
import { Machine } from "../core/machine.js";
import { readElf } from "../guest/elf.js";
import { bareMachine } from "../machine/bare.js";
import { packageRoot } from "../node/files.js";
import { manyHarts } from "./machines.js";
import { type BenchResult, measure_ms, resultOf } from "./measure.js";
import { countdown, elfOfWords } from "./tiny-programs.js";

export interface BenchContext {
  readonly module: WebAssembly.Module;
  /** Runs of each workload. */
  readonly runs: number;
  /** The image of a model of the package. */
  model(name: string): MachineImage;
}

export interface Benchmark {
  readonly name: string;
  run(context: BenchContext): Promise<BenchResult[]>;
}

const FAR_PS = (1n << 63n) - 1n;
const NS_PER_MS = 1e6;
const TILES = 1472;

/** Guest programs: bench/guest/prebuilt, one benchmark each. */
function guestPrograms(): Benchmark[] {
  const folder = join(packageRoot(), "bench/guest/prebuilt");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".elf"));
  return files.sort().map((file) => ({
    name: file.replace(/\.elf$/, ""),
    run: (context) => {
      const path = join(folder, file);
      return speed(
        file.replace(/\.elf$/, ""),
        bareMachine(readElf(readFileSync(path), path)),
        context,
      );
    },
  }));
}

/** A machine from power-on until it halts or sleeps: its instructions against wall time. */
async function speed(
  name: string,
  image: MachineImage,
  { module, runs }: BenchContext,
): Promise<BenchResult[]> {
  let machine: Machine | null = null;
  const samples_ms = await measure_ms(
    {
      prepare: async () => {
        machine = await Machine.create(image, { module });
      },
      run: () => {
        machine?.run(FAR_PS, { stopWhenIdle: true });
      },
    },
    runs,
  );
  const retired = machine === null ? 0 : Number(retiredBy(machine));
  const ns = samples_ms.map((ms) => (ms * NS_PER_MS) / retired);
  const results = [
    resultOf(
      name,
      "MIPS",
      ns.map((each) => 1000 / each),
    ),
    resultOf(`${name}.ns`, "ns/instruction", ns),
  ];
  const host_ghz = (cpus()[0]?.speed ?? 0) / 1000;
  if (host_ghz > 0) {
    const cycles = ns.map((each) => each * host_ghz);
    results.push(resultOf(`${name}.host-cycles`, "host cycles/instruction", cycles));
  }
  return results;
}

function retiredBy(machine: Machine): bigint {
  return machine.hartViews().reduce((sum, { retired }) => sum + retired, 0n);
}

/** 1472 harts with 64 KiB each against one hart, same program, same run. */
const MANY_HARTS: Benchmark = {
  name: "many-harts",
  run: async (context) => {
    const one = await speed("many-harts.one", manyHarts(1, 16 << 20), context);
    const all = await speed("many-harts.all", manyHarts(TILES, 16 << 10), context);
    const ratio = all[0]!.median / one[0]!.median;
    return [one[0]!, all[0]!, resultOf("many-harts.ratio", "all/one", [ratio])];
  },
};

/** Wall time of `hotspare exec` of a program of five instructions, process and all. */
const STARTUP: Benchmark = {
  name: "startup",
  run: async ({ runs }) => {
    const folder = mkdtempSync(join(tmpdir(), "hotspare-bench-"));
    const program = join(folder, "countdown.elf");
    writeFileSync(program, elfOfWords(countdown(4096)));
    const script = process.argv[1] ?? "";
    const run = () => {
      const { status } = spawnSync(process.execPath, [script, "exec", program, "--json"]);
      if (status !== 0) throw new Error(`exec ended with ${status}`);
    };
    const samples_ms = await measure_ms({ run }, runs);
    rmSync(folder, { recursive: true });
    return [resultOf("startup", "ms", samples_ms)];
  },
};

/** Repetitions within one sample, so that a sample is well above the clock's grain. */
const REPEAT = 50;

async function repeated(name: string, runs: number, body: () => void): Promise<BenchResult> {
  const run = () => {
    for (let n = 0; n < REPEAT; n++) body();
  };
  const samples_ms = await measure_ms({ run }, runs);
  return resultOf(
    name,
    "us",
    samples_ms.map((ms) => (ms * 1000) / REPEAT),
  );
}

async function consoleBoard({ module, model }: BenchContext): Promise<Machine> {
  const machine = await Machine.create(model("console-board"), { module });
  machine.run(10_000_000_000n);
  return machine;
}

/** State digest of the console board: every page, and only those written since the last one. */
const DIGEST: Benchmark = {
  name: "digest",
  run: async (context) => {
    const machine = await consoleBoard(context);
    let until_ps = machine.now();
    return [
      await repeated("digest.all", context.runs, () => machine.digest(true)),
      await repeated("digest.after-1ms", context.runs, () => {
        until_ps += 1_000_000_000n;
        machine.run(until_ps);
        machine.digest();
      }),
    ];
  },
};

/** Snapshot and restore of the console board. */
const SNAPSHOT: Benchmark = {
  name: "snapshot",
  run: async (context) => {
    const machine = await consoleBoard(context);
    const snapshot = machine.snapshot();
    return [
      await repeated("snapshot.take", context.runs, () => machine.snapshot()),
      await repeated("snapshot.restore", context.runs, () => machine.restore(snapshot)),
    ];
  },
};

const UART_BYTES = 16 * 1024;
const UART_SLICE_PS = 1_000_000_000n;

/** Bytes echoed by the console board's uart1, through both directions, free-running. */
const UART: Benchmark = {
  name: "uart",
  run: async (context) => {
    const machine = await consoleBoard(context);
    const uart = machine.uart("board.uart1");
    const bytes = Uint8Array.from({ length: UART_BYTES }, (_, n) => n & 0xff);
    const started_ps = machine.now();
    let echoed = 0;
    const run = () => {
      let sent = 0;
      for (let got = 0; got < UART_BYTES; got += uart.drain().length) {
        sent += uart.push(bytes.subarray(sent));
        machine.run(machine.now() + UART_SLICE_PS);
      }
      echoed += UART_BYTES;
    };
    const samples_ms = await measure_ms({ run }, context.runs);
    const machine_s = Number(machine.now() - started_ps) / 1e12;
    return [
      resultOf(
        "uart",
        "kB/s",
        samples_ms.map((ms) => UART_BYTES / ms),
      ),
      resultOf("uart.line-rate", "kB/s of machine time", [echoed / 1000 / machine_s]),
    ];
  },
};

/** Machine time of one sample: as long as the issue's own measure (10 s) would make five minutes. */
const DRIVE_PS = 1_000_000_000_000n;
const PS_PER_MS = 1e9;

/** The dual-block control unit, both blocks with lockstep on, motor turning, free-running. */
const DRIVE: Benchmark = {
  name: "drive",
  run: async ({ module, model, runs }) => {
    const machine = await Machine.create(model("dual-block-ecu"), { module });
    const samples_ms = await measure_ms(
      { run: () => void machine.run(machine.now() + DRIVE_PS) },
      runs,
    );
    const factors = samples_ms.map((ms) => Number(DRIVE_PS) / PS_PER_MS / ms);
    return [resultOf("drive", "of real time", factors)];
  },
};

export function benchmarks(): Benchmark[] {
  return [...guestPrograms(), MANY_HARTS, STARTUP, DIGEST, SNAPSHOT, UART, DRIVE];
}
