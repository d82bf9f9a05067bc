/** `--serial`: which UART is joined to which endpoint. */

import type { Machine } from "../core/machine.js";
import type { UartPort } from "../core/ports.js";
import { UserError } from "../error/index.js";
import { CONSOLE_SETTINGS, createEndpoint } from "../node/endpoints/index.js";
import { Bridge } from "../serial/bridge.js";
import { checkEndpoints, type EndpointSpec, isLive, parseSerialOption } from "../serial/grammar.js";
import type { InputSink } from "../serial/input-log.js";
import type { Context } from "./context.js";

export interface SerialPlan {
  readonly pairs: readonly { readonly uart: string; readonly endpoint: EndpointSpec }[];
  /** Some endpoint lives in wall time: the default driver is paced. */
  readonly live: boolean;
  /** A guest has stdin and stdout. */
  readonly stdio: boolean;
}

/** @throws UserError E240 to E247, and E206 for stdio with --json. */
export function serialPlan(texts: readonly string[], json: boolean): SerialPlan {
  const pairs = texts.map(parseSerialOption);
  checkEndpoints(pairs);
  const stdio = pairs.some(({ endpoint }) => endpoint.kind === "stdio");
  if (stdio && json) {
    const hint = "write the object to a file with --result FILE, or give another endpoint";
    const place = { argument: "--json" };
    throw new UserError("E206", "stdio and --json exclude each other", place, hint);
  }
  return { pairs, live: pairs.some(({ endpoint }) => isLive(endpoint)), stdio };
}

/** Joins them; nothing is open yet. @throws UserError E201 for a UART that cannot be joined. */
export function attach(
  plan: SerialPlan,
  machine: Machine,
  context: Context,
  onInput: InputSink | undefined,
): { bridge: Bridge | null; unattached: UartPort[] } {
  const pairs = plan.pairs.map(({ uart, endpoint }) => ({
    uart: outsideUart(machine, uart),
    // An endpoint begins its lines with the UART's name.
    endpoint: createEndpoint(withRate(endpoint), { uart, log: (line) => context.log(line) }),
  }));
  const attached = new Set(plan.pairs.map(({ uart }) => uart));
  const unattached = machine.image.uarts
    .filter(({ name }) => !attached.has(name))
    .map(({ name }) => machine.uart(name));
  const bridge = pairs.length === 0 ? null : new Bridge(pairs, onInput ? { onInput } : {});
  return { bridge, unattached };
}

/** How a person reaches the guests whose UARTs are on pseudo-terminals, a line each. */
export function terminalAdvice(plan: SerialPlan, bridge: Bridge): string[] {
  const made = new Set(
    plan.pairs.filter(({ endpoint }) => endpoint.kind === "pty").map(({ uart }) => uart),
  );
  const { baud } = CONSOLE_SETTINGS;
  return bridge.report().flatMap(({ uart, endpoint }) => {
    if (!made.has(uart)) return [];
    const path = endpoint.replace(/^pty:/, "");
    const programs = `picocom ${path}, screen ${path} ${baud}`;
    return `talk to ${uart}: ${programs}, or hotspare term serial:${path}; Ctrl-C here ends the run`;
  });
}

/** A UART has no rate before its guest sets the divisor: until then a port has a console's. */
function withRate(spec: EndpointSpec): EndpointSpec {
  if (spec.kind !== "serial" || spec.baud !== undefined) return spec;
  return { ...spec, baud: CONSOLE_SETTINGS.baud };
}

function outsideUart(machine: Machine, name: string): UartPort {
  const uart = machine.uart(name);
  if (machine.image.uarts.find((row) => row.name === name)?.linked) {
    const what = `${name} is linked to another UART of the machine`;
    const open = machine.image.uarts.filter(({ linked }) => !linked).map((row) => row.name);
    throw new UserError("E201", what, { argument: "--serial" }, `free: ${open.join(", ")}`);
  }
  return uart;
}
