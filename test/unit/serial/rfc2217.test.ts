import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LineSettings } from "../../../host/core/ports.js";
import { Rfc2217Server } from "../../../host/serial/rfc2217.js";
import { escapeData, subnegotiation } from "../../../host/serial/telnet.js";

const SETTINGS: LineSettings = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 };

/** The server with a host that writes down everything. */
function server() {
  const replies: Buffer[] = [];
  const events: string[] = [];
  const data: Buffer[] = [];
  const engine = new Rfc2217Server(
    {
      send: (bytes) => void replies.push(Buffer.from(bytes)),
      data: (bytes) => void data.push(Buffer.from(bytes)),
      modem: ({ cts, dsr, dcd }) => void events.push(`cts=${+cts} dsr=${+dsr} dcd=${+dcd}`),
      breakSignal: () => void events.push("break"),
      purge: (toClient, toUart) => void events.push(`purge ${toClient} ${toUart}`),
      suspend: (suspended) => void events.push(`suspend ${suspended}`),
      clientSettings: ({ baud, dataBits, parity, stopBits }) =>
        void events.push(`theirs ${baud} ${dataBits} ${parity} ${stopBits}`),
    },
    SETTINGS,
    "hotspare a.uart0",
  );
  const hex = (bytes: Buffer[]) => Buffer.concat(bytes.splice(0)).toString("hex");
  return {
    engine,
    events,
    data: () => Buffer.concat(data.splice(0)),
    replies: () => hex(replies),
    receive: (text: string) => engine.receive(Buffer.from(text.replaceAll(" ", ""), "hex")),
  };
}

/** A server whose client has agreed to COM-PORT-OPTION, with what was said so far forgotten. */
function agreed() {
  const s = server();
  s.engine.start();
  s.receive("fffb2c");
  s.replies();
  s.events.length = 0;
  return s;
}

describe("telnet negotiation", () => {
  test("the server opens with echo, go-ahead, binary and the com-port option", () => {
    const s = server();
    s.engine.start();
    expect(s.replies()).toBe("fffb01fffb03fffd03fffb00fffd00fffd2c");
    expect(s.events).toEqual(["cts=1 dsr=1 dcd=1"]);
  });

  // Answers to what was asked for get no answer; new wishes get one; refusals are final.
  const ROWS: readonly (readonly [what: string, client: string, server: string])[] = [
    ["DO ECHO answers ours", "fffd01", ""],
    ["WILL BINARY answers ours", "fffb00", ""],
    ["WILL COM-PORT answers ours; the modem state follows", "fffb2c", "fffa2c6b00fff0"],
    ["DO COM-PORT is new", "fffd2c", "fffb2cfffa2c6b00fff0"],
    ["DO COM-PORT twice is answered once", "fffd2cfffd2c", "fffb2cfffa2c6b00fff0"],
    ["WILL ECHO is refused", "fffb01", "fffe01"],
    ["WILL NAWS is refused", "fffb1f", "fffe1f"],
    ["DO STATUS is refused", "fffd05", "fffc05"],
    ["DONT BINARY after ours is accepted in silence", "fffe00", ""],
    ["DONT BINARY after DO is confirmed", "fffd00fffe00", "fffc00"],
    ["WONT for what was never on gets no answer", "fffc1f", ""],
    ["ARE YOU THERE", "fff6", Buffer.from("hotspare a.uart0").toString("hex")],
    ["NOP, DATA MARK, GO AHEAD", "fff1fff2fff9", ""],
  ];
  test.each(ROWS)("%s", (_, client, wanted) => {
    const s = server();
    s.engine.start();
    s.replies();
    s.receive(client);
    expect(s.replies()).toBe(wanted);
    expect(s.data().length).toBe(0);
  });
});

describe("the com-port option", () => {
  // Command and value from the client; command + 100 and value from the server. RFC 2217, 3.
  const ROWS: readonly (readonly [what: string, ask: string, answer: string, event?: string])[] = [
    ["SIGNATURE question", "00", `64${Buffer.from("hotspare a.uart0").toString("hex")}`],
    ["SET-BAUDRATE question", "0100000000", "650001c200"],
    ["SET-BAUDRATE 9600", "0100002580", "6500002580", "theirs 9600 8 none 1"],
    ["SET-DATASIZE question", "0200", "6608"],
    ["SET-DATASIZE 7", "0207", "6607", "theirs 115200 7 none 1"],
    ["SET-DATASIZE 9 keeps 8", "0209", "6608"],
    ["SET-PARITY question", "0300", "6701"],
    ["SET-PARITY even", "0303", "6703", "theirs 115200 8 even 1"],
    ["SET-PARITY space", "0305", "6705", "theirs 115200 8 space 1"],
    ["SET-STOPSIZE question", "0400", "6801"],
    ["SET-STOPSIZE 1.5", "0403", "6803", "theirs 115200 8 none 1.5"],
    ["flow control question", "0500", "6901"],
    ["flow control hardware", "0503", "6903"],
    ["break question", "0504", "6906"],
    ["break on", "0505", "6905", "break"],
    ["break off", "0506", "6906"],
    ["DTR question", "0507", "6908", "cts=1 dsr=1 dcd=1"],
    ["DTR off", "0509", "6909", "cts=1 dsr=0 dcd=0"],
    ["RTS off", "050c", "690c", "cts=0 dsr=1 dcd=1"],
    ["inbound flow control question", "050d", "690e"],
    ["NOTIFY-LINESTATE asked", "06", "6a60"],
    ["NOTIFY-MODEMSTATE asked", "07", "6b00"],
    ["FLOWCONTROL-SUSPEND", "08", "", "suspend true"],
    ["FLOWCONTROL-RESUME", "09", "", "suspend false"],
    ["SET-LINESTATE-MASK", "0a10", "6e10"],
    ["PURGE to the client", "0c01", "7001", "purge true false"],
    ["PURGE to the UART", "0c02", "7002", "purge false true"],
    ["PURGE both", "0c03", "7003", "purge true true"],
    ["PURGE of nothing known", "0c04", ""],
    ["an unknown command", "63", ""],
    ["SET-BAUDRATE cut short", "010025", ""],
  ];
  test.each(ROWS)("%s", (_, ask, answer, event) => {
    const s = agreed();
    s.receive(`fffa2c${ask}fff0`);
    expect(s.replies()).toBe(answer === "" ? "" : `fffa2c${answer}fff0`);
    expect(s.events).toEqual(event === undefined ? [] : [event]);
  });

  test("a break is signalled once until it is switched off", () => {
    const s = agreed();
    for (const control of ["05", "05", "06", "05"]) s.receive(`fffa2c05${control}fff0`);
    expect(s.events).toEqual(["break", "break"]);
  });

  test("the guest's DTR and RTS reach the client crossed over, with the deltas of the MSR", () => {
    const s = agreed();
    s.engine.setGuestModem({ dtr: true, rts: false, brk: false });
    s.engine.setGuestModem({ dtr: true, rts: true, brk: false });
    s.engine.setGuestModem({ dtr: true, rts: true, brk: false });
    expect(s.replies()).toBe("fffa2c6baafff0" + "fffa2c6bb1fff0");
  });

  test("masked changes stay unsaid, and a guest's break is told to who wants it", () => {
    const s = agreed();
    s.receive("fffa2c0b10fff0");
    expect(s.replies()).toBe("fffa2c6f10fff0" + "fffa2c6b00fff0");
    s.engine.setGuestModem({ dtr: true, rts: false, brk: true });
    expect(s.replies()).toBe("");
    s.receive("fffa2c0a10fff0");
    s.replies();
    s.engine.setGuestModem({ dtr: true, rts: false, brk: false });
    s.engine.setGuestModem({ dtr: true, rts: true, brk: true });
    expect(s.replies()).toBe("fffa2c6b10fff0" + "fffa2c6a10fff0");
  });

  test("0xff inside a value is doubled both ways", () => {
    const s = agreed();
    s.receive("fffa2c0bffff fff0");
    expect(s.replies().slice(0, 16)).toBe("fffa2c6fffff fff0".replace(" ", ""));
    expect(Buffer.from(subnegotiation(44, Uint8Array.of(101, 255))).toString("hex")).toBe(
      "fffa2c65fffffff0",
    );
  });

  test("a com-port client gets no modem news before it has agreed", () => {
    const s = server();
    s.engine.setGuestModem({ dtr: true, rts: true, brk: true });
    expect(s.replies()).toBe("");
  });
});

describe("data", () => {
  test("any bytes cross unchanged in any pieces once the option is agreed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (bytes, cuts) => {
          const s = agreed();
          const wire = s.engine.encode(bytes);
          for (let at = 0, turn = 0; at < wire.length; turn++) {
            const end = at + cuts[turn % cuts.length]!;
            s.engine.receive(wire.subarray(at, end));
            at = end;
          }
          expect(s.data()).toEqual(Buffer.from(bytes));
          expect(s.replies()).toBe("");
        },
      ),
    );
  });

  test("data without 0xff is not copied to be escaped", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(escapeData(bytes)).toBe(bytes);
  });

  test("a plain telnet client's CR NUL is CR; a binary client's stays", () => {
    const plain = server();
    plain.receive("610d");
    plain.receive("0062 0d0a 00 0d00");
    expect(plain.data().toString("hex")).toBe("610d620d0a000d");
    const binary = agreed();
    binary.receive("0d00");
    expect(binary.data().toString("hex")).toBe("0d00");
  });

  test("garbage of every kind is survived, and the next command works", () => {
    const noise = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom(255, 250, 240, 251, 253, 44).map((byte) => Uint8Array.of(byte)),
        fc.constant(new Uint8Array(1000).fill(65)),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(noise, (pieces) => {
        const s = agreed();
        for (const piece of pieces) s.engine.receive(piece);
        // SE ends a sub-negotiation that may be open, NOPs any command.
        s.receive("fff0 fff1 fff1 fffb2c");
        s.replies();
        s.receive("fffa2c0100000000fff0");
        expect(s.replies()).toMatch(/^fffa2c65([0-9a-f]{2}){4,8}fff0$/);
      }),
    );
  });
});
