import { machine } from "hotspare/testing";
import { expect, test } from "vitest";

test("a thousand rounds of the hash take as many cycles as ever", async () => {
  const board = await machine("console-board");
  const console = board.uart("board.uart0");
  console.expectText("> ");
  console.send("hash 1000\r");
  const answer = console.expectText("\r\n> ");
  expect(answer).toContain("hash 0x8c4e8fc5 rounds 1000 cycles 530848");
});
