/**
 * Checks that scenarios name: what needs arithmetic over the trace or memories, in a file each. A
 * model adds its check here; docs/scenarios.md lists them.
 */

import type { MachineImage } from "../../core/image.js";
import type { Machine } from "../../core/machine.js";
import type { TraceRecord } from "../../core/rings.js";
import type { Place } from "../../error/index.js";
import type { Namer } from "../../trace/kinds.js";
import { balance } from "./balance.js";

/** What a check is made of; `with` of the scenario is its first argument. */
export interface CheckScope {
  readonly image: MachineImage;
  readonly namer: Namer;
  /** Where the scenario names it: for its errors (E123). */
  readonly place: Place;
}

/** A check of one run. It may look at records, at the end it looks at the machine. */
export interface Check {
  /** TraceKinds of the records that it takes. */
  readonly kinds?: readonly number[];
  take?(record: TraceRecord): void;
  finish(end: { readonly machine: Machine }): {
    readonly ok: boolean;
    readonly detail: string | null;
  };
}

export type CheckMaker = (given: Readonly<Record<string, unknown>>, scope: CheckScope) => Check;

export const CHECKS: ReadonlyMap<string, CheckMaker> = new Map([["balance", balance]]);
