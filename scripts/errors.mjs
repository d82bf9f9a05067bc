/** Writes docs/errors.md from the tables of error codes. Needs dist/ (npm run build). */
import { writeFileSync } from "node:fs";
import { errorPage } from "../dist/host/cli/error-page.js";

writeFileSync(new URL("../docs/errors.md", import.meta.url), errorPage());
