/**
 * `npm start`: the main job. Runs console-board in real time with a pseudo-terminal on its console;
 * Ctrl-C is the ordinary way out, so it ends with success.
 */
import { spawn } from "node:child_process";

const INTERRUPTED = 130;
const args = ["run", "console-board", "--paced", "--serial", "board.uart0=pty"];
const child = spawn(
  process.execPath,
  ["dist/host/cli/main.js", ...args, ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);
// The terminal sends SIGINT to both; the child ends the run and prints the result.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exit(code === INTERRUPTED || signal === "SIGINT" ? 0 : (code ?? 1));
});
