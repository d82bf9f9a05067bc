import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder, without a slash at its end. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
