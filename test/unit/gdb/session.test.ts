/** Packets and their answers, on a small machine. */
import { describe, expect, test } from "vitest";
import { GdbSession } from "../../../host/gdb/index.js";
import { bytesOf, encodePacket, PacketReader } from "../../../host/gdb/packets.js";
import * as asm from "../../../host/reference/assembler.js";
import { debuggee } from "../../support/debugged.js";
import { GPIO_BASE, RAM_BASE, smallMachine } from "../../support/small-machine.js";

const { zero, t0, t1, a0 } = asm.R;
const program = [
  ...asm.li(t0, GPIO_BASE), // 8 bytes
  asm.addi(t1, zero, 0x55),
  asm.sw(t1, t0, 0),
  { label: "loop" }, // +16
  asm.addi(a0, a0, 1),
  asm.sw(a0, t0, 0),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];
const LOOP = RAM_BASE + 16;

/** A client that sends a packet and waits for its answer. */
async function client(end_ps: bigint | null = 1_000_000_000n) {
  const machine = await smallMachine({ programs: { a: program, b: program }, devices: ["gpio"] });
  const target = debuggee(machine, end_ps);
  const reader = new PacketReader();
  const packets: string[] = [];
  const session = new GdbSession(target, {
    send: (bytes) => {
      for (const event of reader.feed(bytes)) if (event.kind === "packet") packets.push(event.data);
    },
  });
  const served = session.serve();
  const ask = async (packet: string) => {
    session.feed(encodePacket(packet));
    while (packets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return packets.shift()!;
  };
  const text = (hex: string) => new TextDecoder().decode(bytesOf(hex) ?? new Uint8Array());
  return { machine, target, session, served, ask, packets, text };
}

const word = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
const hex = (value: number) => value.toString(16);

describe("gdb session", () => {
  test.each<[string, string, string | RegExp]>([
    ["features", "qSupported:multiprocess+", /PacketSize=4000;.*ReverseStep\+;ReverseContinue\+/],
    ["why it stands", "?", /^T0520:00000080;thread:1;/],
    ["the threads", "qfThreadInfo", "m1,2"],
    ["their end", "qsThreadInfo", "l"],
    ["the current thread", "qC", "QC1"],
    ["a thread that lives", "T2", "OK"],
    ["a thread that does not", "T3", "E01"],
    ["choosing a thread", "Hg2", "OK"],
    ["choosing one that is not there", "Hg9", "E01"],
    ["the actions", "vCont?", "vCont;c;C;s;S;r"],
    ["all registers", "g", new RegExp(`^(0{8}){32}${word(RAM_BASE)}$`)],
    ["the pc", "p20", word(RAM_BASE)],
    ["mhartid", `p${hex(65 + 0xf14)}`, word(0)],
    ["a CSR that is not there", `p${hex(65 + 0x7c0)}`, "E01"],
    ["memory", `m${hex(RAM_BASE + 8)},4`, word(asm.addi(t1, zero, 0x55))],
    ["a register of a device", `m${hex(GPIO_BASE)},4`, "00000000"],
    ["an address without anything", "m40000000,4", "E0e"],
    ["memory at the end of the RAM", `m${hex(RAM_BASE + 0x1ffc)},8`, "00000000"],
    ["writing a device", `M${hex(GPIO_BASE)},4:00000000`, "E0e"],
    ["a write of another length", `M${hex(RAM_BASE)},4:00`, "E01"],
    ["a malformed number", "mzz,4", "E01"],
    ["an unknown packet", "vFlashDone", ""],
    ["a property of objects", "qconstructor", ""],
    ["a watchpoint that is too wide", "Z2,80000000,10000", "E1c"],
    ["a kind of point that is none", "Z9,80000000,4", ""],
    ["an unknown document", "qXfer:auxv:read::0,100", "E00"],
  ])("%s", async (_what, packet, answer) => {
    const { ask } = await client();
    const got = await ask(packet);
    if (typeof answer === "string") expect(got).toBe(answer);
    else expect(got).toMatch(answer);
  });

  test("the target description is read in parts and names registers and CSRs", async () => {
    const { ask } = await client();
    let xml = "";
    for (let part = "m"; part.startsWith("m"); ) {
      part = await ask(`qXfer:features:read:target.xml:${hex(xml.length)},100`);
      xml += part.slice(1);
    }
    expect(xml).toContain('<reg name="a0" bitsize="32" type="int" regnum="10"/>');
    expect(xml).toContain(`<reg name="mepc" bitsize="32" regnum="${65 + 0x341}" group="csr"`);
  });

  test("a breakpoint stops both threads, one after the other", async () => {
    const { ask } = await client();
    expect(await ask(`Z0,${hex(LOOP)},4`)).toBe("OK");
    expect(await ask("vCont;c")).toMatch(/thread:1;swbreak:;$/);
    expect(await ask("vCont;c")).toMatch(/thread:2;swbreak:;$/);
    expect(await ask("p20")).toBe(word(LOOP));
  });

  test("a watchpoint tells its own address, for a register of a device too", async () => {
    const { ask } = await client();
    await ask(`Z2,${hex(GPIO_BASE)},4`);
    expect(await ask("vCont;c")).toMatch(new RegExp(`thread:1;watch:${hex(GPIO_BASE)};$`));
    expect(await ask("p20"), "after the access").toBe(word(LOOP));
  });

  test("a step, a step of a range, and back", async () => {
    const { ask } = await client();
    await ask("vCont;s:1;c");
    expect(await ask("p20")).toBe(word(RAM_BASE + 4));
    await ask(`vCont;r${hex(RAM_BASE)},${hex(LOOP)}:1;c`);
    expect(await ask("p20")).toBe(word(LOOP));
    expect(await ask("bs")).toMatch(/^T05/);
    expect(await ask("p20")).toBe(word(LOOP - 4));
    expect(await ask("bc")).toMatch(/replaylog:begin;$/);
    expect(await ask("p20")).toBe(word(RAM_BASE));
  });

  test("writes change the machine, and history begins there", async () => {
    const { ask, machine } = await client();
    await ask("vCont;s:1;c");
    expect(await ask(`Pa=${word(77)}`)).toBe("OK");
    expect(machine.readRegister(0, a0)).toBe(77);
    expect(await ask(`M${hex(RAM_BASE + 0x1000)},2:beef`)).toBe("OK");
    expect(await ask(`m${hex(RAM_BASE + 0x1000)},2`)).toBe("beef");
    expect(await ask("bs")).toMatch(/replaylog:begin;$/);
  });

  test("the end of the run is an exit, and ends the session", async () => {
    const { ask, served } = await client(1_000_000n);
    expect(await ask("vCont;c")).toBe("W00");
    expect(await served).toBe("exit");
  });

  test("Ctrl-C stops a machine that runs", async () => {
    const { ask, session, machine } = await client(null);
    setTimeout(() => session.feed(Uint8Array.of(3)), 20);
    const { target } = { target: machine };
    expect(target.now()).toBe(0n);
    expect(await ask("vCont;c")).toMatch(/^T02/);
    expect(machine.now()).toBeGreaterThan(0n);
  });

  test("monitor commands are answered on the console", async () => {
    const { ask, packets, text } = await client();
    const lines: string[] = [];
    const monitor = async (line: string) => {
      lines.length = 0;
      let answer = await ask(`qRcmd,${Buffer.from(line).toString("hex")}`);
      for (; answer.startsWith("O") && answer !== "OK"; answer = packets.shift() ?? "OK") {
        lines.push(text(answer.slice(1)));
      }
      return lines.join("");
    };
    expect(await monitor("time")).toMatch(/^0 ps\na: cycle 0/);
    expect(await monitor("help")).toContain("seek PICOSECONDS");
    expect(await monitor("devices gpio")).toMatch(/a\.gpio/);
    expect(await monitor("snapshot here")).toBe("here: 0 ps\n");
    expect(await monitor("seek 500000")).toMatch(/^500000 ps/);
    expect(await monitor("seek 200000")).toMatch(/^200000 ps/);
    expect(await monitor("restore here")).toMatch(/^0 ps/);
    expect(await monitor("restore nothing")).toBe('no snapshot "nothing" is kept\n');
    expect(await monitor("format")).toMatch(/^no command "format"/);
  });

  test("after QStartNoAckMode nothing is acknowledged", async () => {
    const { session, target } = await client();
    const sent: number[] = [];
    const other = new GdbSession(target, { send: (bytes) => sent.push(...bytes) });
    void other.serve();
    other.feed(encodePacket("QStartNoAckMode"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(String.fromCharCode(...sent)).toBe("+$OK#9a");
    sent.length = 0;
    other.feed(encodePacket("qC"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(String.fromCharCode(...sent)).toBe("$QC1#c5");
    session.close();
    other.close();
  });
});
