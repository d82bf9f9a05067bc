import { describe, expect, test } from "vitest";
import { fieldsOfEvent } from "../../../host/trace/event-fields.js";
import { EVENT_KINDS } from "../../../host/trace/kinds.js";

const row = (event: string) => EVENT_KINDS.find((kind) => kind.event === event)!;
const field = (event: string, name: string) => fieldsOfEvent(row(event)).get(name)!;

describe("the fields that an event may have", () => {
  test.each([
    ["retire", ["pc", "next", "cycles", "asm", "at"]],
    ["uart-tx", ["byte", "char", "format", "break"]],
    ["uart-rx", ["byte", "char", "errors"]],
    ["sleep", []],
  ])("of %s are %j, those that it has sometimes too", (event, names) => {
    expect([...fieldsOfEvent(row(event)).keys()]).toEqual(names);
  });

  test("are integers, words of a list, names of the machine, or text of the program", () => {
    expect(field("retire", "pc")).toMatchObject({ integers: true, open: false });
    expect(field("retire", "asm").open).toBe(true);
    expect(field("wire", "target").names).toBe("unit");
    expect(field("clock", "clock").names).toBe("clock");
    expect(field("trap", "name").words.has("breakpoint")).toBe(true);
    expect(field("trap", "name").integers).toBe(false);
    expect(field("interrupt", "name").words.has("line14")).toBe(true);
    expect(field("uart-rx", "errors").words.has("parity+framing")).toBe(true);
    expect(field("uart-tx", "format").words.has("7E2")).toBe(true);
  });

  test.each(EVENT_KINDS.map(({ event }) => event))("of %s are each of some kind", (event) => {
    for (const [name, { integers, words, names, open }] of fieldsOfEvent(row(event))) {
      expect(integers || words.size > 0 || names !== null || open, name).toBe(true);
    }
  });
});
