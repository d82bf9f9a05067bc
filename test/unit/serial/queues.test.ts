import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteQueue } from "../../../host/serial/byte-queue.js";
import { Inbox } from "../../../host/serial/inbox.js";
import { Outbox } from "../../../host/serial/outbox.js";

describe("the queue of bytes", () => {
  test("does what a plain list of bytes does", () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ push: bytes })),
      fc.nat(12).map((count) => ({ take: count })),
      fc.nat(12).map((count) => ({ consume: count })),
      fc.constant({ clear: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new ByteQueue();
        let plain: number[] = [];
        for (const action of steps) {
          if ("push" in action) {
            queue.push(action.push);
            plain.push(...action.push);
          } else if ("take" in action) {
            expect([...queue.take(action.take)]).toEqual(plain.splice(0, action.take));
          } else if ("consume" in action) {
            const count = Math.min(action.consume, plain.length);
            queue.consume(count);
            plain.splice(0, count);
          } else {
            queue.clear();
            plain = [];
          }
          expect(queue.size).toBe(plain.length);
          const front = queue.peek();
          expect([...front]).toEqual(plain.slice(0, front.length));
          expect(front.length > 0).toBe(plain.length > 0);
        }
      }),
    );
  });

  test("a million small chunks cost no more than they are", () => {
    const queue = new ByteQueue();
    for (let i = 0; i < 1_000_000; i++) queue.push(Uint8Array.of(i));
    let wrong = 0;
    for (let i = 0; i < 1_000_000; i++) if (queue.take(1)[0] !== (i & 255)) wrong++;
    expect(wrong).toBe(0);
    expect(queue.size).toBe(0);
  });

  test("consuming past the end is an error, not silence", () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1));
    expect(() => queue.consume(2)).toThrow(RangeError);
  });
});

describe("the inbox", () => {
  test("keeps breaks and line changes in their places, and at the front after a purge", () => {
    const inbox = new Inbox();
    inbox.putBytes(Buffer.from("ab"));
    inbox.putBreak(24);
    inbox.putBytes(Buffer.from("c"));
    expect(inbox.peek()).toEqual({ kind: "bytes", bytes: Buffer.from("ab") });
    inbox.consume(1);
    expect(inbox.purge()).toBe(2);
    expect(inbox.peek()).toEqual({ kind: "break", bits: 24 });
    inbox.consumeMark();
    inbox.putBytes(Buffer.from("d"));
    expect(inbox.peek()).toEqual({ kind: "bytes", bytes: Buffer.from("d") });
  });

  test("a flood of breaks fills it as bytes do", () => {
    const inbox = new Inbox(6400);
    for (let i = 0; i < 99; i++) inbox.putBreak(24);
    expect(inbox.full).toBe(false);
    inbox.putBreak(24);
    expect(inbox.full).toBe(true);
  });
});

describe("the outbox", () => {
  test("writes in order whatever portions the outside takes, actions in their places", async () => {
    const portions = fc.array(fc.nat(5), { minLength: 1, maxLength: 20 });
    const offers = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(portions, offers, async (takes, chunks) => {
        const got: (number | string)[] = [];
        let turn = 0;
        const outbox = new Outbox(100_000, async (chunk) => {
          const count = Math.min(chunk.length, takes[turn++ % takes.length]!);
          got.push(...chunk.subarray(0, count));
          if (count === 0) setImmediate(() => outbox.release());
          return count;
        });
        const wanted: (number | string)[] = [];
        chunks.forEach((chunk, i) => {
          expect(outbox.offer(chunk)).toBe(chunk.length);
          outbox.enqueue(async () => void got.push(`mark ${i}`));
          wanted.push(...chunk, `mark ${i}`);
        });
        if (takes.some((count) => count > 0)) {
          expect(await outbox.flush(5000)).toBe(true);
          expect(got).toEqual(wanted);
        }
        outbox.hold();
      }),
      { numRuns: 50 },
    );
  });

  test("takes no more than its limit, and tells when there is room", async () => {
    let release: (count: number) => void = () => undefined;
    const outbox = new Outbox(10, () => new Promise((resolve) => (release = resolve)));
    let room = 0;
    outbox.onSpace = () => room++;
    expect(outbox.offer(new Uint8Array(8))).toBe(8);
    expect(outbox.offer(new Uint8Array(8))).toBe(2);
    expect(outbox.offer(new Uint8Array(8))).toBe(0);
    release(8);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(room).toBe(1);
    expect(outbox.offer(new Uint8Array(8))).toBe(8);
    expect(await outbox.flush(5)).toBe(false);
  });

  test("clear throws away what is not under way, and says how much", async () => {
    let release: (count: number) => void = () => undefined;
    const outbox = new Outbox(100, () => new Promise((resolve) => (release = resolve)));
    outbox.offer(new Uint8Array(7));
    outbox.offer(new Uint8Array(5));
    expect(outbox.clear()).toBe(5);
    release(7);
    expect(await outbox.flush(1000)).toBe(true);
  });

  test("a flood of actions keeps the last", async () => {
    let last = -1;
    const outbox = new Outbox(100, async () => 0);
    outbox.hold();
    for (let i = 0; i < 10_000; i++) {
      outbox.enqueue(async () => {
        last = i;
      });
    }
    outbox.release();
    await outbox.flush(1000);
    expect(last).toBe(9999);
  });
});
