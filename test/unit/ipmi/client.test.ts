import { describe, expect, test, vi } from "vitest";
import { FrameReader } from "../../../host/ipmi/basic.js";
import { CompletionError, IpmiClient, type IpmiLine } from "../../../host/ipmi/client.js";
import { checkIpmi, IPMI_COMMANDS, runIpmi } from "../../../host/ipmi/commands.js";

type Serve = (netFn: number, command: number, data: number[]) => readonly number[] | null;

/** A BMC that answers at once: completion code and data, or null for silence. */
class FakeBmc implements IpmiLine {
  onBytes: ((bytes: Uint8Array) => void) | undefined;
  readonly asked: string[] = [];
  private readonly reader = new FrameReader();

  constructor(private readonly serve: Serve) {}

  send(bytes: Uint8Array): void {
    for (const message of this.reader.add(bytes)) {
      const [, netFn = 0, , from = 0, sequence = 0, command = 0] = message;
      const data = message.slice(6, -1);
      this.asked.push(`${netFn >> 2}/${command} ${data.join(" ")}`.trim());
      const answer = this.serve(netFn >> 2, command, data);
      if (answer === null) continue;
      const head = [from, netFn + 4];
      const tail = [0x20, sequence, command, ...answer];
      const sum = (all: number[]) => -all.reduce((a, b) => a + b, 0) & 0xff;
      const plain = [...head, sum(head), ...tail, sum(tail)];
      const codes = new Map([
        [0xa0, 0xb0],
        [0xa5, 0xb5],
        [0xa6, 0xb6],
        [0xaa, 0xba],
        [0x1b, 0x3b],
      ]);
      const escaped = plain.flatMap((byte) => {
        const code = codes.get(byte);
        return code === undefined ? [byte] : [0xaa, code];
      });
      this.onBytes?.(Uint8Array.from([0xa0, ...escaped, 0xa5]));
    }
  }
}

const client = (serve: Serve) => new IpmiClient(new FakeBmc(serve), "test");

describe("the client", () => {
  test("gives the data of the answer", async () => {
    const data = await client(() => [0, 0x1b, 0xa5]).request(6, 1);
    expect([...data]).toEqual([0x1b, 0xa5]);
  });

  test("a completion code is an error that names the command", async () => {
    const asked = client(() => [0xc1]).request(0x30, 0x99);
    await expect(asked).rejects.toThrow(CompletionError);
    await expect(asked).rejects.toThrow("netFn 0x30 command 0x99: invalid command (0xc1)");
  });

  test("silence is asked three times, each with a new number, then E512", async () => {
    vi.useFakeTimers();
    const bmc = new FakeBmc(() => null);
    const asked = new IpmiClient(bmc, "there").request(6, 1);
    const failed = expect(asked).rejects.toMatchObject({ code: "E512", what: /there/ });
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    expect(bmc.asked).toHaveLength(3);
    vi.useRealTimers();
  });

  test("an answer to another request is not taken", async () => {
    vi.useFakeTimers();
    let calls = 0;
    const bmc = new FakeBmc(() => (calls++ === 0 ? null : [0, calls]));
    const asked = new IpmiClient(bmc, "x").request(6, 1);
    await vi.advanceTimersByTimeAsync(2000);
    expect([...(await asked)]).toEqual([2]);
    vi.useRealTimers();
  });
});

/** A full sensor record: `name`, 1/100 V a step, as IPMI 2.0 table 43-1 lays it out. */
function fullRecord(number: number, name: string): number[] {
  const body = new Array<number>(48).fill(0);
  body[2] = 0x51;
  body[3] = 1;
  body[7] = number;
  body[13] = 1;
  body[21] = 4;
  body[24] = 2; // M
  body[29] = 0xe0; // Rexp -2
  body[47] = 0xc0 | name.length;
  const bytes = [...body, ...Buffer.from(name)];
  bytes[4] = bytes.length - 5;
  return bytes;
}

describe("commands", () => {
  test("mc info decodes the device id", async () => {
    const id = [0, 32, 1, 1, 0x20, 2, 0x8f, 0xd9, 0x7e, 0, 3, 0];
    const { json } = await runIpmi(
      client(() => id),
      ["mc", "info"],
    );
    expect(json).toEqual({
      device_id: 32,
      device_revision: 1,
      firmware: "1.20",
      ipmi: "2.0",
      manufacturer: 32473,
      product: 3,
    });
  });

  test("sensors reads records in parts and converts raw readings", async () => {
    const records = [fullRecord(7, "P5V"), fullRecord(8, "P3V3 standby")];
    const serve: Serve = (netFn, command, data) => {
      if (netFn === 0x0a && command === 0x22) return [0, 1, 0];
      if (netFn === 0x0a && command === 0x23) {
        const id = data[2]!;
        const next = id + 1 < records.length ? [id + 1, 0] : [0xff, 0xff];
        if (data[5]! > 0x16) return [0xca];
        return [0, ...next, ...records[id]!.slice(data[4]!, data[4]! + data[5]!)];
      }
      if (netFn === 0x04) return data[0] === 7 ? [0, 250, 0xc0, 0xc0, 0] : [0, 0, 0xe0, 0];
      return [0xc1];
    };
    const { rows, json } = await runIpmi(client(serve), ["sensors"]);
    expect(rows).toEqual([
      ["P5V", "5 Volts", "0x00c0"],
      ["P3V3 standby", "", "not readable"],
    ]);
    expect(json).toMatchObject({
      sensors: [
        { number: 7, value: 5 },
        { number: 8, value: null },
      ],
    });
  });

  test("sel list follows the chain of entries, and an empty log is empty", async () => {
    const entry = (id: number) => [id, 0, 2, 10, 0, 0, 0, 0x20, 0, 4, 1, 0x33, 1, 0, 0, 0];
    const serve: Serve = (_, command, data) => {
      if (command === 0x40) return [0, 0x51, 2, 0];
      const id = data[2] === 0 ? 1 : data[2]!;
      return [0, ...(id === 1 ? [2, 0] : [0xff, 0xff]), ...entry(id)];
    };
    const { rows } = await runIpmi(client(serve), ["sel", "list"]);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ["1", "10", "sensor 0x33"],
      ["2", "10", "sensor 0x33"],
    ]);
    const empty = await runIpmi(
      client(() => [0, 0x51, 0, 0]),
      ["sel", "list"],
    );
    expect(empty.rows).toEqual([]);
  });

  test("power, clear and raw ask what they say", async () => {
    const bmc = new FakeBmc(() => [0, 9, 0]);
    const all = new IpmiClient(bmc, "x");
    for (const words of ["on", "off", "cycle", "reset", "soft"]) {
      await runIpmi(all, ["chassis", "power", words]);
    }
    await runIpmi(all, ["sel", "clear"]);
    await runIpmi(all, ["raw", "0x06", "1", "0x20"]);
    expect(bmc.asked).toEqual([
      "0/2 1",
      "0/2 0",
      "0/2 2",
      "0/2 3",
      "0/2 5",
      "10/66",
      "10/71 9 0 67 76 82 170",
      "6/1 32",
    ]);
  });

  test("what is no command, or no byte, is refused before anything is sent", () => {
    for (const words of [["mc"], [], ["mc", "info", "x"]]) {
      expect(() => checkIpmi(words)).toThrow(/no command/);
    }
    for (const words of [["raw"], ["raw", "6"]]) {
      expect(
        runIpmi(
          client(() => [0]),
          words,
        ),
      ).rejects.toMatchObject({ code: "E212" });
    }
    expect(
      runIpmi(
        client(() => [0]),
        ["raw", "6", "256"],
      ),
    ).rejects.toThrow(/no byte/);
    for (const { words } of IPMI_COMMANDS) expect(() => checkIpmi(words.split(" "))).not.toThrow();
  });
});
