#!/usr/bin/env node
/** The `hotspare` program. Parsing, errors and exit codes: program.ts; the commands: commands/. */
import { runCli } from "./program.js";

const exitCode = await runCli(process.argv.slice(2));
process.exit(exitCode);
