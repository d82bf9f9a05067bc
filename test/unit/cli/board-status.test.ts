/** The live line of a BMC's board, from the records of a real run. */
import { expect, test } from "vitest";
import { BoardStatus } from "../../../host/cli/board-status.js";
import { encodeRequest } from "../../../host/ipmi/basic.js";
import { RecordHub } from "../../../host/session/hub.js";
import { BmcMachine } from "../../support/bmc-machine.js";
import { modelMachine } from "../../support/models.js";

test("it tells power, temperature, links and the last request, as they are on the wires", async () => {
  const bmc = await BmcMachine.booted(0);
  const hub = new RecordHub(bmc.machine);
  const board = BoardStatus.of(bmc.machine, hub)!;
  const line = (time_ms: number) => {
    bmc.run_ms(time_ms);
    hub.commit();
    return board.parts(bmc.machine.now()).join(", ");
  };
  expect(line(1)).toBe("host off");
  expect(line(3000)).toMatch(/^host on, cpu 6\d\.\d C below its limit, kcs ok, backup idle$/);
  bmc.send(encodeRequest({ netFn: 6, command: 1, data: [] }, 1));
  expect(line(100)).toContain("ipmi 1 (last 06/01)");
  bmc.fault("kcs", "kcs", "bus-stuck", 1);
  expect(line(4000)).toContain("kcs quiet, backup in use");
  bmc.fault("package", "package", "sensor", 0x8002);
  expect(line(500)).toContain("cpu no reading");
  bmc.fault("power", "power", "rail", 2);
  expect(line(300)).toMatch(/^host off, ipmi 1/);
});

test("other boards have no such line", async () => {
  const machine = await modelMachine("console-board");
  expect(BoardStatus.of(machine, new RecordHub(machine))).toBeNull();
});
