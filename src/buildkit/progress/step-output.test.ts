import { expect, it } from "vitest";
import { StepOutput } from "./step-output.ts";

function outputOf(...parts: string[]): StepOutput {
  const output = new StepOutput();
  for (const part of parts) output.add(Buffer.from(part));
  return output;
}

it("keeps the beginning and the end of a hundred thousand lines, in half a megabyte", () => {
  const output = new StepOutput();
  for (let line = 1; line <= 100_000; line++) output.add(Buffer.from(`this is line ${line}\n`));
  const { head, left, tail } = output.lines();
  expect(head.slice(0, 2)).toEqual(["this is line 1", "this is line 2"]);
  expect(tail.at(-1)).toBe("this is line 100000");
  expect(head.length + left.lines + tail.length).toBe(100_000);
  expect(Buffer.byteLength([...head, ...tail].join("\n"))).toBeLessThan(512 << 10);
  expect(output.lastLines()).toEqual(tail.slice(-40));
});

it("leaves out a line that does not end, and keeps those around it", () => {
  const { head, tail } = outputOf("a\n", "x".repeat(50_000), "x".repeat(50_000), "y\nb").lines();
  expect([...head, ...tail]).toEqual(["a", "[a line of 100001 characters was left out]", "b"]);
});

it("keeps the last state of a progress bar, however long it runs", () => {
  const output = outputOf(...Array.from({ length: 20_000 }, (_, n) => `${n} of 20000\r`), "done");
  expect(output.lines().tail).toEqual(["done"]);
  expect(outputOf(`${"x".repeat(3_000)}\rdone\n`).add(Buffer.from(""))).toEqual([]);
  expect(output.add(Buffer.from("\n"))).toEqual(["done"]);
});

it("keeps colours; what it shows has none", () => {
  const output = outputOf("\u001b[31mred\n");
  expect(output.lines().head).toEqual(["\u001b[31mred\u001b[0m"]);
  expect(output.lastLines()).toEqual(["red"]);
});
