/** `hotspare ipmi PORT COMMAND...`: asks a BMC. A convenience for those without ipmitool. */

import { Exit, UserError } from "../../error/index.js";
import { CompletionError, IpmiClient, type IpmiLine } from "../../ipmi/client.js";
import { checkIpmi, IPMI_COMMANDS, runIpmi } from "../../ipmi/commands.js";
import { openEndpoint } from "../../node/endpoints/index.js";
import type { Endpoint } from "../../serial/endpoint.js";
import { type EndpointSpec, parseEndpoint } from "../../serial/grammar.js";
import type { CommandResult } from "../context.js";
import { flagOption } from "../options.js";
import type { Action } from "../table.js";
import { table } from "../text-table.js";

/** How often a write that the port does not take yet is tried again (our choice). */
const RETRY_MS = 5;

export const action: Action = async ([port = "", ...words], options, context) => {
  const command = words.filter((word): word is string => word !== undefined);
  if (flagOption(options, "list")) return listing();
  checkIpmi(command);
  const spec = portOf(port);
  const endpoint = await openEndpoint(spec, { uart: "ipmi", log: (line) => context.log(line) });
  context.signals.endCleanly();
  try {
    const client = new IpmiClient(new EndpointLine(endpoint), endpoint.describe());
    const result = await Promise.race([runIpmi(client, command), context.signals.wait()]);
    if (context.signals.requested !== null || typeof result !== "object") {
      return { json: {}, text: "", exitCode: context.signals.exitCode };
    }
    return { json: result.json, text: table(result.rows.map((row) => [...row])), exitCode: 0 };
  } catch (error) {
    if (!(error instanceof CompletionError)) throw error;
    context.log(error.message);
    return { json: { completion: error.completion }, text: "", exitCode: Exit.FAIL };
  } finally {
    await endpoint.close();
  }
};

function listing(): CommandResult {
  const rows = IPMI_COMMANDS.map(({ words, summary }) => [words, summary]);
  const commands = IPMI_COMMANDS.map(({ words, summary }) => ({ words, summary }));
  return { json: { commands }, text: table(rows), exitCode: Exit.PASS };
}

/** An endpoint, or a path with or without `:BAUD` as ipmitool takes it. */
function portOf(text: string): EndpointSpec {
  const path = /^(\/.+?|\.{1,2}\/.+?|COM\d+)(?::(\d+))?$/.exec(text);
  if (path !== null) {
    return parseEndpoint(`serial:${path[1]}${path[2] === undefined ? "" : `:baud=${path[2]}`}`);
  }
  const spec = parseEndpoint(text);
  if (spec.kind === "stdio" || spec.kind === "none" || spec.kind === "file") {
    const what = `no BMC can be at a ${spec.kind} endpoint`;
    throw new UserError("E206", what, { argument: text }, "give a serial port, or tcp:HOST:PORT");
  }
  return spec;
}

/** An endpoint as the client sees it: whole requests out, bytes in. */
class EndpointLine implements IpmiLine {
  onBytes: ((bytes: Uint8Array) => void) | undefined;

  constructor(private readonly endpoint: Endpoint) {
    endpoint.onActivity = () => this.receive();
    endpoint.applyModem({ dtr: true, rts: true, brk: false });
  }

  send(bytes: Uint8Array): void {
    const taken = this.endpoint.write(bytes);
    if (taken < bytes.length) setTimeout(() => this.send(bytes.subarray(taken)), RETRY_MS);
  }

  private receive(): void {
    const { inbox } = this.endpoint;
    for (let item = inbox.peek(); item !== undefined; item = inbox.peek()) {
      if (item.kind !== "bytes") {
        inbox.consumeMark();
        continue;
      }
      const bytes = item.bytes.slice();
      inbox.consume(bytes.length);
      this.onBytes?.(bytes);
    }
  }
}
