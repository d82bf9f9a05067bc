/** A machine under a debugger, without a port: for tests of history and of the protocol. */

import type { Machine } from "../../host/core/machine.js";
import { CSR_NAMES } from "../../host/guest/csrs.js";
import { Debuggee } from "../../host/session/debuggee.js";
import { PastInputs } from "../../host/session/history.js";

export interface Input {
  readonly time_ps: bigint;
  readonly uart: string;
  readonly text: string;
}

const SPAN_PS = 100_000_000n;

/** Inputs enter at exactly their times, unless the run that is left to the future passes them. */
export function debuggee(
  machine: Machine,
  end_ps: bigint | null,
  inputs: readonly Input[] = [],
): Debuggee {
  const log = new PastInputs();
  const left = [...inputs];
  return new Debuggee(machine, {
    end_ps,
    log,
    csrName: (address) => CSR_NAMES.get(address),
    span_ps: () => {
      const next_ps = left[0] === undefined ? null : left[0].time_ps - machine.now();
      return next_ps !== null && next_ps < SPAN_PS ? next_ps : SPAN_PS;
    },
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    exchange: async () => {
      while (left[0] !== undefined && left[0].time_ps <= machine.now()) {
        const { uart, text } = left.shift()!;
        const bytes = new TextEncoder().encode(text);
        machine.uart(uart).push(bytes);
        log.sink(machine.now(), uart, "bytes", bytes);
      }
    },
    inputPossible: () => false,
    waitForInput: async () => {},
  });
}
