/** Why the system refused something, in words: what stands in place of `ENOENT: no such file`. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "its permissions forbid it",
  EADDRINUSE: "another program has the port",
  EADDRNOTAVAIL: "this computer has no such address",
  EBUSY: "it is in use",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the other side broke the connection off",
  EEXIST: "it exists already",
  EHOSTUNREACH: "there is no way to that host",
  EIO: "the device does not answer",
  EISDIR: "it is a folder",
  ELOOP: "its symbolic links lead nowhere",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENETUNREACH: "there is no way to that network",
  ENODEV: "there is no such device",
  ENOENT: "it does not exist",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is not a folder",
  ENOTFOUND: "there is no host of that name",
  ENXIO: "there is no such device",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  EPERM: "its permissions forbid it",
  EPIPE: "the other side has gone",
  EROFS: "the disk is read-only",
  ETIMEDOUT: "it does not answer",
  ETXTBSY: "it is a program that runs",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/** The same for a file that is to be written: what is absent then is its folder. */
export function writeReasonOf(error: unknown): string {
  const absent = (error as { code?: unknown }).code === "ENOENT";
  return absent ? "its folder does not exist" : reasonOf(error);
}

/** The reason of an error of Node's; its own text where the code is none that we know. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map((each) => reasonOf(each)))].join(", ");
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && Object.hasOwn(REASONS, code)) return REASONS[code]!;
  return String(message ?? error);
}
