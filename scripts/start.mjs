/**
 * `npm start`: the main job. Runs bmc-backup-link in real time: the BMC's IPMI port, its MCTP port
 * and the host's console are pseudo-terminals. Ctrl-C is the ordinary way out, so it ends with
 * success. Further arguments go to `hotspare run`.
 */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

const INTERRUPTED = 130;
const IPMI = join(tmpdir(), `hotspare-bmc-${process.pid}`);
const ports = [`bmc.uart0=pty:${IPMI}`, "bmc.uart1=pty", "host.uart0=pty"];
const serial = ports.flatMap((port) => ["--serial", port]);
const args = ["run", "bmc-backup-link", "--paced", ...serial, ...process.argv.slice(2)];
console.error(
  [
    "a host and its BMC, in real time; in another terminal try one of",
    `  ipmitool -I serial-basic -D ${IPMI}:115200 sdr list`,
    `  npx hotspare ipmi ${IPMI} sensors`,
    `  npx hotspare ipmi ${IPMI} chassis power cycle`,
  ].join("\n"),
);
const child = spawn(process.execPath, ["dist/host/cli/main.js", ...args], { stdio: "inherit" });
// The terminal sends SIGINT to both; the child ends the run and prints the result.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exit(code === INTERRUPTED || signal === "SIGINT" ? 0 : (code ?? 1));
});
