import { expect, it } from "vitest";
import { maskOf } from "../../secrets.ts";
import { StepOutput } from "./step-output.ts";

const known = maskOf(["hunter2"]);

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
  expect([...head, ...tail]).toEqual(["a", "[a line of 100001 characters was omitted]", "b"]);
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

it("masks secrets in what it shows and keeps, however they arrive, and leaves other colours", () => {
  const output = new StepOutput(known);
  expect(output.add(Buffer.from("a hun"))).toEqual([]);
  const lines = "ter2\n\u001b[31mhun\u001b[32mter2\n\u001b[32mb\n";
  expect(output.add(Buffer.from(lines))).toEqual(["a ***", "***", "b"]);
  expect(output.lines().head).toEqual(["a ***", "***", "\u001b[32mb\u001b[0m"]);
  output.add(Buffer.from("NPM_TOKEN=abc"));
  expect(output.lastLines().at(-1)).toBe("NPM_TOKEN=***");
  expect(output.lines().tail).toEqual(["NPM_TOKEN=***"]);
});

it("shows no half of a secret where a long line is cut", () => {
  const output = new StepOutput(known);
  const [line = ""] = output.add(Buffer.from(`${"x".repeat(1_996)}hunter2\n`));
  expect(line).toBe(`${"x".repeat(1_996)}***`);
});

it("masks all lines of a private key, and what follows it not", () => {
  const output = new StepOutput(known);
  const key = ["-----BEGIN RSA PRIVATE KEY-----", "abc", "-----END RSA PRIVATE KEY-----"];
  output.add(Buffer.from(`${key.slice(0, 2).join("\n")}\nde`));
  expect(output.lastLines()).toEqual(["***", "***", "***"]);
  output.add(Buffer.from(`\n${key[2] ?? ""}\nend\n`));
  expect(output.lastLines()).toEqual(["***", "***", "***", "***", "end"]);
});
