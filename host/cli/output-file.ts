/** A file that grows while a command runs; writes are gathered. */

import { closeSync, openSync, writeSync } from "node:fs";
import { cannotWrite } from "../node/files.js";

const BUFFER_BYTES = 1 << 16;

export class OutputFile {
  private readonly file: number;
  private parts: Uint8Array[] = [];
  private size_bytes = 0;

  /**
   * Opens the file, empty. `option` is the option that names it.
   * @throws UserError E208 when it cannot be written; so do `write` and `close`.
   */
  constructor(
    readonly path: string,
    private readonly option: string,
  ) {
    this.file = this.attempt(() => openSync(path, "w"));
  }

  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    this.parts.push(bytes);
    this.size_bytes += bytes.length;
    if (this.size_bytes > BUFFER_BYTES) this.flush();
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    this.size_bytes = 0;
    this.attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    });
  }

  private attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(this.path, this.option, error);
    }
  }
}
