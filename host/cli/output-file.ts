/** A file that grows while a command runs; writes are gathered. */

import { closeSync, openSync, writeSync } from "node:fs";
import { cannotWrite } from "../node/files.js";

const BUFFER_BYTES = 1 << 16;

export class OutputFile {
  private readonly file: number;
  private parts: Uint8Array[] = [];
  private size_bytes = 0;
  /** Closed, or it could not be written: that was said once, and the rest is lost. */
  private over = false;

  /**
   * Opens the file, empty. `option` is the option that names it.
   * @throws UserError E208 when it cannot be written; so do `write` and `close`.
   */
  constructor(
    readonly path: string,
    private readonly option: string,
  ) {
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw cannotWrite(path, option, error);
    }
  }

  write(data: string | Uint8Array): void {
    if (this.over) return;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    this.parts.push(bytes);
    this.size_bytes += bytes.length;
    if (this.size_bytes > BUFFER_BYTES) this.flush();
  }

  /** Twice is harmless. */
  close(): void {
    if (this.over) return;
    this.flush();
    this.over = true;
    closeSync(this.file);
  }

  private flush(): void {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    this.size_bytes = 0;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    } catch (error) {
      this.over = true;
      closeSync(this.file);
      throw cannotWrite(this.path, this.option, error);
    }
  }
}
