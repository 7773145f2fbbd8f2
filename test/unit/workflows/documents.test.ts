import { describe, expect, test } from "vitest";
import { parseWorkflowFile } from "../../support/workflows/document/parse-workflow.ts";

const jobs = `jobs: { a: { runs-on: x, steps: [{ run: "true" }] } }`;
const read = (content: string) => parseWorkflowFile("images.yml", content);

test("cache-mode, which GitHub's parser does not know yet, is accepted at both levels", async () => {
  const workflow = await read(`
on: push
cache-mode: none
jobs: { a: { cache-mode: read, runs-on: x, steps: [{ run: "true" }] } }
`);
  expect(workflow.cacheMode).toBe("none");
  expect(workflow.jobs[0]?.cacheMode).toBe("read");
});

test("queue: max is accepted", async () => {
  const { concurrency } = await read(`
on: push
concurrency: { group: "a-\${{ github.ref }}", queue: max }
${jobs}
`);
  expect(concurrency).toEqual({ group: "a-${{ github.ref }}", queue: "max" });
});

describe("what GitHub does not start is refused:", () => {
  test.each([
    ["an unknown key", `on: push\nfoo: 1\n${jobs}`, "Unexpected value 'foo'"],
    ["an unknown cache-mode", `on: push\ncache-mode: all\n${jobs}`, "all is not a cache-mode"],
    [
      "queue: max with cancel-in-progress",
      `on: push\nconcurrency: { group: a, queue: max, cancel-in-progress: true }\n${jobs}`,
      "cannot be combined",
    ],
    ["secrets in a job's if", job(`if: "secrets.A != ''"`), "Unrecognized named-value: 'secrets'"],
    ["an unknown function", job(`name: "\${{ sum(1) }}"`), "Unrecognized function: 'sum'"],
    ["an expression that is broken", job(`name: "\${{ (1 }}"`), "Unexpected end of expression"],
    [
      "needs that do not exist",
      `${job("name: a")}  c:\n    needs: b\n    runs-on: x\n    steps: [{ run: "true" }]`,
      "depends on unknown job 'b'",
    ],
    ["an unknown permission", job(`permissions: { images: write }`), "Unexpected value 'images'"],
    [
      "a step that does nothing",
      `on: push\njobs: { a: { runs-on: x, steps: [{ name: b }] } }`,
      "not enough info",
    ],
    ["a file over 500 KB", `on: push\n${jobs}\n#${"x".repeat(500_000)}`, "larger than 500 KB"],
    ["YAML that is broken", "on: [push", "must be sufficiently indented"],
  ])("%s", async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

function job(more: string): string {
  return `on: push\njobs:\n  a:\n    runs-on: x\n    ${more}\n    steps: [{ run: "true" }]\n`;
}
