/** A conversation with a BMC: one request at a time, repeated when no answer comes. */

import { UserError } from "../error/index.js";
import { decodeAnswer, encodeRequest, FrameReader, type IpmiRequest } from "./basic.js";

/** Our choice: ipmitool waits 5 s; a BMC that lives answers within some milliseconds. */
const ANSWER_MS = 1500;
const ATTEMPTS = 3;
const SEQUENCES = 64;

const COMPLETIONS: ReadonlyMap<number, string> = new Map([
  [0xc0, "node busy"],
  [0xc1, "invalid command"],
  [0xc2, "command invalid for this LUN"],
  [0xc3, "time-out"],
  [0xc7, "request data length invalid"],
  [0xc9, "parameter out of range"],
  [0xca, "cannot return that many bytes"],
  [0xcb, "requested data not present"],
  [0xcc, "invalid data field"],
  [0xd4, "insufficient privilege"],
  [0xd5, "not supported in the present state"],
  [0xff, "unspecified error"],
]);

/** The BMC answered with a completion code that is not 0: no mistake of the user's. */
export class CompletionError extends Error {
  constructor(
    readonly completion: number,
    readonly request: IpmiRequest,
  ) {
    const code = `0x${completion.toString(16).padStart(2, "0")}`;
    const name = `netFn 0x${request.netFn.toString(16)} command 0x${request.command.toString(16)}`;
    super(`the BMC refused ${name}: ${COMPLETIONS.get(completion) ?? "completion"} (${code})`);
  }
}

/** Sends bytes; what comes back is given to `received`. */
export interface IpmiLine {
  send(bytes: Uint8Array): void;
  onBytes: ((bytes: Uint8Array) => void) | undefined;
}

export class IpmiClient {
  private readonly reader = new FrameReader();
  private sequence = 0;

  constructor(
    private readonly line: IpmiLine,
    private readonly port: string,
  ) {}

  /**
   * The data of the answer, without the completion code.
   * @throws CompletionError when the BMC refuses.
   * @throws UserError E512 when nothing answers.
   */
  async request(netFn: number, command: number, ...data: number[]): Promise<Uint8Array> {
    const request = { netFn, command, data };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.sequence = (this.sequence + 1) % SEQUENCES;
      const answer = await this.exchange(request, this.sequence);
      if (answer === null) continue;
      if (answer.completion !== 0) throw new CompletionError(answer.completion, request);
      return answer.data;
    }
    const what = `no BMC answers on ${this.port}`;
    const hint = "check port and baud rate; is another client (ipmitool, a terminal) on it?";
    throw new UserError("E512", what, { argument: "PORT" }, hint);
  }

  private exchange(request: IpmiRequest, sequence: number) {
    type Answer = NonNullable<ReturnType<typeof decodeAnswer>>;
    return new Promise<Answer | null>((resolve) => {
      const end = (answer: Answer | null) => {
        clearTimeout(timer);
        this.line.onBytes = undefined;
        resolve(answer);
      };
      const timer = setTimeout(() => end(null), ANSWER_MS);
      this.line.onBytes = (bytes) => {
        for (const message of this.reader.add(bytes)) {
          const answer = decodeAnswer(message);
          const ours =
            answer?.sequence === sequence &&
            answer.command === request.command &&
            answer.netFn === request.netFn + 1;
          if (answer !== null && ours) return end(answer);
        }
      };
      this.line.send(encodeRequest(request, sequence));
    });
  }
}
