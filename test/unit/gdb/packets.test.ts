/** Framing of the remote serial protocol. */
import { describe, expect, test } from "vitest";
import { encodePacket, PACKET_BYTES, PacketReader } from "../../../host/gdb/packets.js";

const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (text: string) => new PacketReader().feed(latin(text));

describe("packets", () => {
  test.each<[string, string, unknown[]]>([
    ["a packet", "$m0,4#fd", [{ kind: "packet", data: "m0,4" }]],
    ["acknowledgements before one", "++$?#3f", [{ kind: "packet", data: "?" }]],
    ["the empty packet", "$#00", [{ kind: "packet", data: "" }]],
    ["a wrong checksum", "$?#00", [{ kind: "damaged" }]],
    ["a checksum that is no number", "$?#zz", [{ kind: "damaged" }]],
    ["a packet begun anew", "$m0$?#3f", [{ kind: "packet", data: "?" }]],
    ["an escaped #", "$}\x03#80", [{ kind: "packet", data: "#" }]],
    ["Ctrl-C", "\x03", [{ kind: "interrupt" }]],
    ["a request to send again", "-", [{ kind: "nak" }]],
    ["bytes that mean nothing", "hello", []],
  ])("%s", (_what, text, events) => {
    expect(read(text)).toEqual(events);
  });

  test("a packet comes in any pieces", () => {
    const reader = new PacketReader();
    const events = [..."$vCont?#49"].flatMap((character) => reader.feed(latin(character)));
    expect(events).toEqual([{ kind: "packet", data: "vCont?" }]);
  });

  test("a packet without an end is given up, and the next one is taken", () => {
    const reader = new PacketReader();
    const events = reader.feed(latin(`$${"a".repeat(2 * PACKET_BYTES + 1)}`));
    expect(events).toEqual([{ kind: "damaged" }]);
    expect(reader.feed(latin("$?#3f"))).toEqual([{ kind: "packet", data: "?" }]);
  });

  test("what is written is read back, whatever bytes it holds", () => {
    const data = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
    expect(new PacketReader().feed(encodePacket(data))).toEqual([{ kind: "packet", data }]);
  });
});
