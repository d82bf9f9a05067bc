/** Hostile GDB clients: whatever bytes come, the session answers or waits, and never fails. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { GdbSession } from "../../host/gdb/index.js";
import { encodePacket } from "../../host/gdb/packets.js";
import * as asm from "../../host/reference/assembler.js";
import { debuggee } from "../support/debugged.js";
import { printedSeed } from "../support/seeded.js";
import { smallMachine } from "../support/small-machine.js";

const RUNS = process.env.HOTSPARE_SOAK === "1" ? 20_000 : 300;
const loop = [asm.addi(10, 10, 1), asm.jal(0, -4)];

const words = [
  ..."?cCsSgGpPmMXZzHTkDRv!ib".split(""),
  ...["vCont;", "vCont;r", "qXfer:", "qRcmd,", "qSupported", "features:read:target.xml:"],
  ...[
    "Z0,",
    "z1,",
    "Z2,",
    "80000000",
    "ffffffff",
    "0,0",
    ",",
    ":",
    ";",
    "-1",
    "vKill;",
    "bs",
    "bc",
  ],
];
const packet = fc.oneof(
  fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((list) => list.join("")),
  fc.string({ maxLength: 60 }),
);
const bytes = fc.oneof(
  packet.map((data) => [...encodePacket(data)]),
  fc.array(fc.nat(255), { maxLength: 40 }),
  fc.constantFrom([3], [0x2d], [0x24], [0x23]),
);

test("no bytes of a client harm the machine or the session", async () => {
  const seed = printedSeed("gdb bytes");
  const machine = await smallMachine({ programs: { a: loop, b: loop } });
  const start = machine.snapshot();
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 12 }), async (list) => {
      machine.restore(start);
      const session = new GdbSession(debuggee(machine, 10_000_000n), { send: () => {} });
      const served = session.serve();
      for (const part of list) session.feed(Uint8Array.from(part));
      await new Promise((resolve) => setImmediate(resolve));
      session.close();
      expect(["closed", "detach", "kill", "exit"]).toContain(await served);
    }),
    { seed, numRuns: RUNS },
  );
});
