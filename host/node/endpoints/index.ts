import type { LineSettings } from "../../core/ports.js";
import type { Endpoint, EndpointContext } from "../../serial/endpoint.js";
import type { EndpointSpec } from "../../serial/grammar.js";
import { LoopEndpoint } from "../../serial/loop.js";
import { NoneEndpoint } from "../../serial/none.js";
import { FileEndpoint } from "./file.js";
import { ListenEndpoint } from "./listen.js";
import { PtyEndpoint } from "./pty.js";
import { Rfc2217Endpoint } from "./rfc2217.js";
import { SerialEndpoint } from "./serial.js";
import { StdioEndpoint } from "./stdio.js";
import { TcpEndpoint } from "./tcp.js";

/** Makes the endpoint that a specification asks for; it is not open yet (see `Bridge.open`). */
export function createEndpoint(spec: EndpointSpec, context: EndpointContext): Endpoint {
  switch (spec.kind) {
    case "serial":
      return new SerialEndpoint(context, spec);
    case "pty":
      return new PtyEndpoint(context, spec.link);
    case "tcp":
      return new TcpEndpoint(context, spec.host, spec.port);
    case "tcp-listen":
      return new ListenEndpoint(context, spec.host, spec.port);
    case "rfc2217-listen":
      return new Rfc2217Endpoint(context, spec.host, spec.port);
    case "stdio":
      return new StdioEndpoint(context);
    case "file":
      return new FileEndpoint(context, spec.path);
    case "loop":
      return new LoopEndpoint();
    case "none":
      return new NoneEndpoint();
  }
}

/** The usual settings of a console, where no UART says otherwise. */
export const CONSOLE_SETTINGS: LineSettings = {
  baud: 115_200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
};

/** Makes an endpoint and opens it. Throws UserError E5xx (exit 5). */
export async function openEndpoint(
  spec: EndpointSpec,
  context: EndpointContext,
  settings: LineSettings = CONSOLE_SETTINGS,
): Promise<Endpoint> {
  const endpoint = createEndpoint(spec, context);
  try {
    await endpoint.open(settings);
  } catch (error) {
    await endpoint.close();
    throw error;
  }
  return endpoint;
}
