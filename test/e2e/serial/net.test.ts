import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ListenEndpoint } from "../../../host/node/endpoints/listen.js";
import { Rfc2217Endpoint } from "../../../host/node/endpoints/rfc2217.js";
import { TcpEndpoint } from "../../../host/node/endpoints/tcp.js";
import type { Endpoint } from "../../../host/serial/endpoint.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";
import { Live, logLines, TRANSFER_BYTES, until } from "./live.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function live(endpoint: Endpoint): Promise<Live> {
  const started = await new Live(endpoint).start();
  cleanups.push(() => started.stop());
  return started;
}

/** A client that remembers what it was told. */
class Client {
  private readonly pieces: Buffer[] = [];
  ended = false;

  constructor(readonly socket: Socket) {
    socket.on("data", (bytes) => this.pieces.push(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.ended = true;
    });
    cleanups.push(() => socket.destroy());
  }

  static async dial(endpoint: Endpoint): Promise<Client> {
    const port = Number(/:(\d+)$/.exec(endpoint.describe())?.[1]);
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Client(socket);
  }

  get got(): Buffer {
    const all = Buffer.concat(this.pieces);
    this.pieces.splice(0, this.pieces.length, all);
    return all;
  }

  get text(): string {
    return this.got.toString("latin1");
  }
}

describe("tcp-listen", () => {
  test("takes any free port of the loopback interface and says which", async () => {
    const endpoint = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    const { bridge } = await live(endpoint);
    expect(bridge.readyLine()).toMatch(/^ready a\.uart0=tcp-listen:127\.0\.0\.1:[1-9]\d*$/);
  });

  test("keeps the guest's first 64 KiB for the first client, and counts the rest", async () => {
    const pattern = new Pattern(11);
    const endpoint = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    const { uart } = await live(endpoint);
    uart.guestSends(pattern.bytes(0, 200_000));
    await until("the rest dropped", () => endpoint.counters.dropped === 200_000 - 65_536);
    const client = await Client.dial(endpoint);
    await until("what was kept", () => client.got.length === 65_536);
    pattern.check(client.got, 0);
  });

  test("refuses a second client with a line that says so; the first is not disturbed", async () => {
    const log = logLines();
    const endpoint = new ListenEndpoint(log.context, "127.0.0.1", 0);
    const { uart } = await live(endpoint);
    const first = await Client.dial(endpoint);
    await until("the first client", () => endpoint.status().connected);
    const second = await Client.dial(endpoint);
    await until("the second to be let go", () => second.ended);
    expect(second.text).toMatch(
      /^hotspare: a\.uart0 has a client already \(127\.0\.0\.1:\d+\); this connection is refused\r\n$/,
    );
    first.socket.write("still here");
    await until("the first", () => uart.arrived().toString() === "still here");
    expect(log.lines.filter((line) => / refused, /.test(line)).length).toBe(1);
  });

  test("says once that clients are refused, then how many more when the first goes", async () => {
    const log = logLines();
    const endpoint = new ListenEndpoint(log.context, "127.0.0.1", 0);
    await live(endpoint);
    const first = await Client.dial(endpoint);
    await until("the first client", () => endpoint.status().connected);
    for (let n = 0; n < 5; n++) {
      const other = await Client.dial(endpoint);
      await until("it to be let go", () => other.ended);
    }
    expect(log.lines.filter((line) => / refused/.test(line)).length).toBe(1);
    first.socket.destroy();
    await until("the count", () => log.lines.some((line) => /: 4 more refused$/.test(line)));
  });

  test("takes the next client when the first has gone; DCD follows", async () => {
    const endpoint = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    const { uart } = await live(endpoint);
    for (const word of ["one", "two", "three"]) {
      const client = await Client.dial(endpoint);
      client.socket.write(word);
      await until(word, () => uart.arrived().toString().endsWith(word));
      expect(uart.inputs?.dcd).toBe(true);
      uart.guestSends(`answer ${word}`);
      await until("the answer", () => client.text === `answer ${word}`);
      client.socket.destroy();
      await until("the line to drop", () => uart.inputs?.dcd === false);
    }
  });

  test("a client that ends its side still hears the answer, then gives way", async () => {
    const endpoint = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    const { uart } = await live(endpoint);
    const client = await Client.dial(endpoint);
    client.socket.end("question");
    await until("the question", () => uart.arrived().toString() === "question");
    uart.guestSends("answer");
    await until("the answer", () => client.text === "answer");
    const next = await Client.dial(endpoint);
    next.socket.write("!");
    await until("the next client", () => uart.arrived().toString() === "question!");
  });

  test("a port that is taken is E509, an address of another computer E510", async () => {
    const first = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    await live(first);
    const port = Number(/:(\d+)$/.exec(first.describe())?.[1]);
    const line = new Live(first).uart.line;
    const second = new ListenEndpoint(logLines().context, "127.0.0.1", port);
    await expect(second.open()).rejects.toMatchObject({ code: "E509", exitCode: 5 });
    const foreign = new ListenEndpoint(logLines().context, "192.0.2.1", 0);
    await expect(foreign.open()).rejects.toMatchObject({ code: "E510", exitCode: 5 });
    await Promise.all([second.close(), foreign.close()]);
    expect(line.baud).toBe(115_200);
  });

  test("nothing is lost in both directions, however slowly the client reads", async () => {
    const pattern = new Pattern(printedSeed("TCP transfer"));
    const endpoint = new ListenEndpoint(logLines().context, "127.0.0.1", 0);
    const { uart, bridge } = await live(endpoint);
    const client = await Client.dial(endpoint);
    client.socket.pause();
    client.socket.write(pattern.bytes(0, TRANSFER_BYTES));
    uart.guestSends(pattern.bytes(0, TRANSFER_BYTES));
    setTimeout(() => client.socket.resume(), 300);
    await until("all at the guest", () => uart.arrived().length === TRANSFER_BYTES, 50_000);
    await until("all at the client", () => client.got.length === TRANSFER_BYTES, 50_000);
    pattern.check(uart.arrived(), 0);
    pattern.check(client.got, 0);
    expect(bridge.report()[0]).toMatchObject({
      rx: TRANSFER_BYTES,
      tx: TRANSFER_BYTES,
      dropped: 0,
    });
  });
});

describe("tcp", () => {
  async function echo(port = 0): Promise<{ server: Server; port: number; stop: () => void }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const stop = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    cleanups.push(stop);
    const address = server.address();
    return { server, port: typeof address === "object" ? (address?.port ?? 0) : 0, stop };
  }

  test("talks to a server", async () => {
    const { port } = await echo();
    const { uart, bridge } = await live(new TcpEndpoint(logLines().context, "127.0.0.1", port));
    expect(bridge.readyLine()).toBe(`ready a.uart0=tcp:127.0.0.1:${port}`);
    uart.guestSends("hello");
    await until("the echo", () => uart.arrived().toString() === "hello");
  });

  test("a server that is not there is E508", async () => {
    const { port, stop } = await echo();
    stop();
    const endpoint = new TcpEndpoint(logLines().context, "127.0.0.1", port);
    await expect(endpoint.open()).rejects.toMatchObject({ code: "E508", exitCode: 5 });
    await endpoint.close();
  });

  test("reconnects when the server comes back, and the next command works", async () => {
    const { port, stop } = await echo();
    const log = logLines();
    const endpoint = new TcpEndpoint(log.context, "127.0.0.1", port);
    const { uart } = await live(endpoint);
    stop();
    await until("the line to drop", () => uart.inputs?.dcd === false);
    await echo(port);
    await until("the connection", () => endpoint.status().connected);
    uart.guestSends("again");
    await until("the echo", () => uart.arrived().toString() === "again");
    expect(log.lines.map((line) => line.replace(/^.*(closed|connected again).*$/, "$1"))).toEqual([
      "closed",
      "connected again",
    ]);
  });

  test("closes while it tries to reconnect", async () => {
    const { port, stop } = await echo();
    const endpoint = new TcpEndpoint(logLines().context, "127.0.0.1", port);
    const running = await new Live(endpoint).start();
    stop();
    await until("the line to drop", () => !endpoint.status().connected);
    const start = performance.now();
    await running.stop();
    await endpoint.close();
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe("rfc2217-listen, with a scripted client that behaves as pyserial does", () => {
  const IAC_SB = "\xff\xfa\x2c";
  const IAC_SE = "\xff\xf0";

  async function session() {
    const log = logLines();
    const endpoint = new Rfc2217Endpoint(log.context, "127.0.0.1", 0);
    const started = await live(endpoint);
    const client = await Client.dial(endpoint);
    const say = (text: string) => client.socket.write(Buffer.from(text, "latin1"));
    // pyserial asks for all of these and waits until each is agreed.
    say("\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03\xff\xfd\x2c\xff\xfb\x2c");
    const agreed = ["\xff\xfb\x01", "\xff\xfd\x03", "\xff\xfb\x03", "\xff\xfb\x2c", "\xff\xfd\x2c"];
    await until("the options", () => agreed.every((answer) => client.text.includes(answer)));
    const ask = async (request: string, answer: string) => {
      say(IAC_SB + request + IAC_SE);
      await until("the answer", () => client.text.includes(IAC_SB + answer + IAC_SE));
    };
    return { ...log, endpoint, client, say, ask, uart: started.uart, bridge: started.bridge };
  }

  test("opens a port, sets it up and talks over it", async () => {
    const { client, say, ask, uart, lines, bridge } = await session();
    await ask("\x01\x00\x00\x25\x80", "\x65\x00\x00\x25\x80");
    await ask("\x02\x08", "\x66\x08");
    await ask("\x03\x01", "\x67\x01");
    await ask("\x04\x01", "\x68\x01");
    await ask("\x05\x08", "\x69\x08");
    await ask("\x05\x0b", "\x69\x0b");
    await ask("\x0c\x03", "\x70\x03");
    await until("the difference to be said", () => lines.length === 2);
    expect(lines[1]).toContain(
      "the client's end is set to 9600 8N1, the guest's to 1000000000 8N1",
    );
    expect(bridge.readyLine()).toMatch(/=rfc2217-listen:127\.0\.0\.1:\d+$/);
    say("a\xff\xffb\r\x00c");
    await until("the bytes", () => uart.arrived().length === 6);
    expect(uart.arrived().toString("latin1")).toBe("a\xffb\r\x00c");
    uart.guestSends(Buffer.from([0x64, 0xff, 0x65]));
    await until("the guest's bytes", () => client.text.endsWith("d\xff\xffe"));
  });

  test("modem lines and break cross both ways, in their places among the bytes", async () => {
    const { client, say, ask, uart } = await session();
    await until("the lines of a client", () => uart.inputs?.dcd === true);
    uart.happened.length = 0;
    say("12");
    await ask("\x05\x05", "\x69\x05");
    await ask("\x05\x06", "\x69\x06");
    say("34");
    await ask("\x05\x09", "\x69\x09");
    await until("DTR dropped", () => uart.inputs?.dcd === false);
    expect(uart.happened).toEqual(["break 24 after 2", "lines cts after 4"]);
    await ask("\x0a\xff\xff", "\x6e\xff\xff");
    uart.outputs = { dtr: true, rts: true, brk: true };
    await until("the guest's lines", () => client.text.includes(`${IAC_SB}\x6b\xbb${IAC_SE}`));
    await until("the guest's break", () => client.text.includes(`${IAC_SB}\x6a\x70${IAC_SE}`));
  });

  test("a client that suspends gets no data until it resumes", async () => {
    const { client, say, ask, uart, endpoint } = await session();
    say(`${IAC_SB}\x08${IAC_SE}`);
    await ask("\x02\x00", "\x66\x08");
    const before = client.got.length;
    uart.guestSends("later");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.got.length).toBe(before);
    expect(endpoint.counters.tx).toBe(0);
    say(`${IAC_SB}\x09${IAC_SE}`);
    await until("the data", () => client.text.endsWith("later"));
  });

  test("a guest's settings are what the next client begins with", async () => {
    const endpoint = new Rfc2217Endpoint(logLines().context, "127.0.0.1", 0);
    const { uart } = await live(endpoint);
    uart.line = { ...uart.line, dataBits: 7, parity: "even" };
    await new Promise((resolve) => setTimeout(resolve, 20));
    const client = await Client.dial(endpoint);
    client.socket.write(Buffer.from(`${IAC_SB}\x03\x00${IAC_SE}`, "latin1"));
    await until("even parity", () => client.text.includes(`${IAC_SB}\x67\x03${IAC_SE}`));
  });

  test("a client that floods with questions and never reads is not read either", async () => {
    const { client, endpoint } = await session();
    const { socket } = endpoint as unknown as { socket: Socket };
    client.socket.pause();
    const before = client.got.length;
    const question = Buffer.from(`${IAC_SB}\x00${IAC_SE}`, "latin1");
    const count = 1_000_000;
    let most_bytes = 0;
    client.socket.write(Buffer.concat(Array(count).fill(question)));
    await until("the host to stop reading", () => {
      most_bytes = Math.max(most_bytes, socket.writableLength);
      return socket.isPaused();
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    most_bytes = Math.max(most_bytes, socket.writableLength);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    // 64 KiB, and the answers to one chunk of at most 64 KiB.
    expect(most_bytes).toBeLessThan(64 * 1024 * (1 + 28 / question.length));
    client.socket.resume();
    const answer = `${IAC_SB}\x64hotspare a.uart0${IAC_SE}`.length;
    const all = before + count * answer;
    await until("every answer", () => client.socket.bytesRead >= all, 30_000);
    expect(client.socket.bytesRead).toBe(all);
  });

  test("ARE YOU THERE is answered once for all that come at once", async () => {
    const { client, say } = await session();
    say("\xff\xf6".repeat(1000));
    await until("an answer", () => client.text.includes("hotspare a.uart0"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.text.split("hotspare a.uart0").length - 1).toBeLessThan(5);
    say("\xff\xf6");
    await until("the next", () => client.text.endsWith("hotspare a.uart0"));
  });

  test("random bytes at full rate are survived; a second client is refused as on TCP", async () => {
    const { client, endpoint, uart } = await session();
    client.socket.write(new Pattern(printedSeed("garbage")).bytes(0, TRANSFER_BYTES));
    await until("garbage in the guest", () => uart.arrived().length > TRANSFER_BYTES / 3);
    const second = await Client.dial(endpoint);
    await until("the refusal", () => second.ended);
    expect(second.text).toContain("has a client already");
    client.socket.destroy();
    await until("the end of the first", () => !endpoint.status().connected);
    const third = await Client.dial(endpoint);
    third.socket.write("works");
    await until("the next command", () => uart.arrived().toString().endsWith("works"), 30_000);
  });
});
