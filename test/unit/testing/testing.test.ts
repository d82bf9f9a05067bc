/** The test API, used as its users would. */
import { expect, test } from "vitest";
import { machine, time_ps } from "../../../host/testing/index.js";

test("a console answers what is typed", async () => {
  const board = await machine("console-board");
  const console = board.uart("board.uart0");
  console.expectText("> ");
  console.send("echo spare parts\r");
  expect(console.expectText("> ")).toContain("spare parts\r\n");
});

test("what does not come is reported with the time, the place and the last output", async () => {
  const board = await machine("console-board");
  const console = board.uart("board.uart0");
  expect(() => console.expectText("login:", { within: "5ms" })).toThrow(
    /board\.uart0 did not send "login:" within 5ms[\s\S]*at 5000000000 ps of console-board[\s\S]*help/,
  );
});

test("a fork goes on alike, and apart", async () => {
  const board = await machine("console-board", { checked: true });
  board.uart("board.uart0").expectText("> ");
  const fork = await board.fork();
  board.run({ for: "10ms" });
  fork.run({ for: "10ms" });
  expect(fork.digest()).toBe(board.digest());
  fork.uart("board.uart0").send("led on\r");
  board.run({ for: "10ms" });
  fork.run({ for: "10ms" });
  expect(fork.digest()).not.toBe(board.digest());
});

test("times are numbers with units", () => {
  expect(time_ps("2.5us")).toBe(2_500_000n);
  expect(() => time_ps("soon")).toThrow(/E203/);
});

test("a model that is not there is named, with the nearest that is", async () => {
  await expect(machine("console-bord")).rejects.toThrow(/E120[\s\S]*console-board/);
});
