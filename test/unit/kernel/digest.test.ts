/** The state digest against its second implementation (host/reference/digest.ts). */
import { describe, expect, test } from "vitest";
import { STATE_VERSION } from "../../../assembly/kernel/abi.js";
import { H_MACHINE_HASH } from "../../../assembly/kernel/layout.js";
import { stateDigest } from "../../../host/reference/digest.js";
import { BUILDS } from "../../support/core.js";
import { MODEL_NAMES, modelMachine } from "../../support/models.js";

describe.each(BUILDS)("digest (%s)", (build) => {
  test.each(MODEL_NAMES)("%s: equals the plain definition over the whole state", async (model) => {
    const machine = await modelMachine(model, build);
    for (const time of [0n, 1_000_000n, 3_000_000_000n]) {
      machine.run(time);
      const snapshot = machine.snapshot();
      const state = new Uint8Array(snapshot.stateBytes);
      for (const page of snapshot.pages) state.set(page.bytes, page.index * 4096);
      const view = new DataView(state.buffer);
      const hash = [
        view.getBigUint64(H_MACHINE_HASH, true),
        view.getBigUint64(H_MACHINE_HASH + 8, true),
      ] as const;
      expect(machine.digest()).toBe(stateDigest(state, STATE_VERSION, hash));
      expect(machine.digest(true)).toBe(machine.digest());
    }
  });

  test("one changed bit anywhere in memory changes it", async () => {
    const machine = await modelMachine("console-board", build);
    machine.run(2_000_000n);
    const before = machine.digest();
    const seen = new Set([before]);
    for (const address of [0x8000_0000, 0x8000_0fff, 0x8001_0000, 0x8001_ffff, 0x100]) {
      const old = machine.readMemory(0, address, 1);
      machine.writeMemory(0, address, Uint8Array.of(old[0]! ^ 0x10));
      seen.add(machine.digest());
      machine.writeMemory(0, address, old);
      expect(machine.digest()).toBe(before);
    }
    expect(seen.size).toBe(6);
  });
});
