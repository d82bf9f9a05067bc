/** The GDB remote serial protocol over any machine that implements `DebugTarget`. */
export { type GdbEnd, GdbSession, type GdbTransport } from "./session.js";
