/** The built module itself: what no source rule can promise. */
import { describe, expect, test } from "vitest";
import { BUILDS, coreBytes, coreModule } from "../../support/core.js";

/** The sections of a Wasm binary: id and payload. Source: WebAssembly core specification, 5.5. */
function sections(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at]!;
    const [size, start] = leb(bytes, at + 1);
    found.set(id, bytes.subarray(start, start + size));
    at = start + size;
  }
  return found;
}

function leb(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    value |= (bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) return [value >>> 0, at + 1];
  }
}

const GLOBALS = 6;
const TYPES = 1;
const F32 = 0x7d;
const F64 = 0x7c;

describe.each(BUILDS)("the built core (%s)", (build) => {
  test("has no mutable global", () => {
    const payload = sections(coreBytes(build)).get(GLOBALS);
    if (!payload) return;
    const [count, first] = leb(payload, 0);
    let at = first;
    for (let n = 0; n < count; n++) {
      expect(payload[at + 1], `global ${n} is mutable`).toBe(0);
      at += 2;
      while (payload[at] !== 0x0b) at = leb(payload, at + 1)[1];
      at++;
    }
  });

  test("has no floating point type in any signature", () => {
    const payload = sections(coreBytes(build)).get(TYPES)!;
    const [count, first] = leb(payload, 0);
    let at = first;
    for (let n = 0; n < count; n++) {
      for (let part = 0, next = at + 1; part < 2; part++) {
        const [size, start] = leb(payload, next);
        const types = payload.subarray(start, start + size);
        expect([...types].filter((type) => type === F32 || type === F64)).toEqual([]);
        next = start + size;
        at = next;
      }
    }
  });

  test("imports nothing but abort in the checked build", async () => {
    const imports = WebAssembly.Module.imports(await coreModule(build)).map((entry) => entry.name);
    expect(imports).toEqual(build === "checked" ? ["abort"] : []);
  });
});
