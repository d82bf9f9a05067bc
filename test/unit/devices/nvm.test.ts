import { expect, test } from "vitest";
import { Bench, check } from "../../support/device-bench.js";
import { draws, printedSeed } from "../../support/seeded.js";

const ARRAY = 0x1_0000;
const COMMAND = 0;
const ADDRESS = 4;
const STATUS = 8;
const WEAR = 0x14;
const BUFFER = 0x40;
const [ERASE, PROGRAM] = [1, 2];
const [BUSY, DONE, INTERRUPTED] = [1, 2, 8];

test("NVM: a page takes 256 us to program and reads all ones until it is done", () => {
  check(
    "nvm",
    `
    @0    read4 0x10000 -> 0xffffffff
    @0    write BUFFER0 0x11223344
    @0    write BUFFER15 0x00000001
    @0    write CTRL IRQ
    @0    write COMMAND PROGRAM
    @0    read STATUS -> BUSY
    @0    read BUFFER0 -> 0xffffffff
    @255  read4 0x10000 -> 0xffffffff
    @256  read STATUS -> DONE
    @256  out 0 -> 1
    @256  read4 0x10000 -> 0x11223344
    @256  read2 0x10002 -> 0x1122
    @256  read1 0x10001 -> 0x33
    @256  read4 0x1003c -> 0x00000001
    @256  read4 0x10040 -> 0xffffffff
    @256  read2 0x10001 -> error
    @256  write4 0x10000 0 -> error
    @256  read4 0x20000 -> error
  `,
  );
});

test("NVM: programming only clears bits; erasing a sector sets them all and counts", () => {
  check(
    "nvm",
    `
    @0      write ADDRESS 0x0455
    @0      write BUFFER0 0xffff0000
    @0      write COMMAND PROGRAM
    @300    write BUFFER0 0x00ffff00
    @300    write COMMAND PROGRAM
    @600    read4 0x10440 -> 0x00ff0000
    @600    read WEAR -> 0
    @600    write COMMAND ERASE
    @600    write COMMAND PROGRAM         // ignored while BUSY
    @20599  read STATUS -> BUSY
    @20600  read STATUS -> DONE
    @20600  read4 0x10440 -> 0xffffffff
    @20600  read WEAR -> 1
    @20600  write ADDRESS 0x0800
    @20600  read WEAR -> 0
  `,
  );
});

test("NVM: contents survive every reset, also that of power-on", () => {
  check(
    "nvm",
    `
    @0    write BUFFER0 0xcafe
    @0    write COMMAND PROGRAM
    @300  reset 2
    @300  read STATUS -> 0
    @300  read4 0x10000 -> 0x0000cafe
    @300  reset 1
    @300  read4 0x10000 -> 0x0000cafe
    @300  due -> never
  `,
  );
});

function bytesAt(bench: Bench, address: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => bench.read(ARRAY + address + k, 1)!);
}

function fillBuffer(bench: Bench, bytes: readonly number[]): void {
  for (let k = 0; k < 64; k += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(k, k + 4);
    bench.write(BUFFER + k, 4, a | (b << 8) | (c << 16) | (d << 24));
  }
}

test("NVM: a reset in the middle of a program leaves a torn page, and says so", () => {
  const seed = printedSeed("NVM torn pages");
  const { below: draw } = draws(seed);
  for (let round = 0; round < 200; round++) {
    const bench = new Bench(round % 2 ? "release" : "checked", "nvm");
    const page = Array.from({ length: 64 }, () => draw(256));
    const at = draw(1024) * 64;
    const cut = draw(256);
    bench.write(ADDRESS, 4, at);
    fillBuffer(bench, page);
    bench.write(COMMAND, 4, PROGRAM);
    bench.run(BigInt(cut));
    bench.reset(2);
    const what = `seed ${seed} round ${round} cut at ${cut}`;
    expect(bench.read(STATUS, 4), what).toBe(INTERRUPTED);
    const done = Math.floor(cut / 4);
    const found = bytesAt(bench, at, 64);
    expect(found.slice(0, done), what).toEqual(page.slice(0, done));
    expect(found[done]! | page[done]!, what).toBe(found[done]); // some of its zeros, no other
    expect(found.slice(done + 1), what).toEqual(page.slice(done + 1).map(() => 0xff));
    bench.reset(3);
    expect(bench.read(STATUS, 4), what).toBe(INTERRUPTED); // until it is cleared or power-on
    bench.write(STATUS, 4, INTERRUPTED);
    expect(bench.read(STATUS, 4), what).toBe(0);
  }
});

test("NVM: a reset in the middle of an erase leaves the rest of the sector as it was", () => {
  const bench = new Bench("checked", "nvm");
  bench.write(ADDRESS, 4, 1024);
  for (let page = 0; page < 16; page++) {
    bench.write(ADDRESS, 4, 1024 + page * 64);
    fillBuffer(bench, new Array<number>(64).fill(0x5a));
    bench.write(COMMAND, 4, PROGRAM);
    bench.run(bench.now + 256n);
  }
  bench.write(COMMAND, 4, ERASE);
  bench.run(bench.now + 10_000n);
  bench.reset(2);
  const found = bytesAt(bench, 1024, 1024);
  expect(found.slice(0, 512)).toEqual(new Array(512).fill(0xff));
  expect(found[512]! & 0x5a).toBe(0x5a);
  expect(found.slice(513)).toEqual(new Array(511).fill(0x5a));
  bench.write(ADDRESS, 4, 1024);
  expect(bench.read(WEAR, 4)).toBe(1);
  expect(bench.read(STATUS, 4)! & (BUSY | DONE)).toBe(0);
});

test("NVM: fault sites make operations fail, and invert single bits", () => {
  check(
    "nvm",
    `
    @0     fault 0 1
    @0     write BUFFER0 0
    @0     write COMMAND PROGRAM
    @256   read STATUS -> DONE|ERROR
    @256   read4 0x10000 -> 0xffffffff
    @256   fault 0 0
    @256   fault 1 0x0000000a              // byte 1, bit 2
    @256   read4 0x10000 -> 0xfffffbff
    @256   fault 1 0x00080000 -> none
    @256   write COMMAND ERASE
    @30000 read STATUS -> DONE
  `,
  );
});
