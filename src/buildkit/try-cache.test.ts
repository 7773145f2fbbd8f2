import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemEnv } from "../../test/support/system-env.ts";
import { exec } from "../exec.ts";
import { tryCache } from "./try-cache.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "layerkeep-try-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The steps read from a buildx that prints these statuses and exits with this code. */
function tried(statuses: readonly object[], end = "exit 0") {
  const path = join(dir, "buildx");
  const lines = statuses.map((vertex) => JSON.stringify({ vertexes: [vertex] })).join("\n");
  writeFileSync(path, `#!/bin/sh\ncat >&2 <<'END'\n${lines}\nEND\n${end}\n`, { mode: 0o755 });
  return tryCache({ path, env: systemEnv, exec }, { dockerfile: "Dockerfile", context: "." });
}

const step = (number: number, more: object = {}) => ({
  digest: `d${number}`,
  name: `[${number}/3] RUN ${number}`,
  inputs: number === 1 ? ["from"] : [`d${number - 1}`],
  ...more,
});
const from = { digest: "from", name: "[1/3] FROM busybox" };
const cached = { started: "x", completed: "x", cached: true };

it("orders steps by their dependencies, in whatever order they are reported", async () => {
  const steps = [step(2, cached), step(3, cached), from, step(1, cached)];
  expect((await tried(steps)).map(({ name }) => name)).toEqual([
    "[1/3] RUN 1",
    "[2/3] RUN 2",
    "[3/3] RUN 3",
  ]);
});

it("stops the build at the first step that would run, and does not know about those after it", async () => {
  const steps = [step(3), step(2), step(1), step(1, cached), step(2, { started: "x" })];
  const start = performance.now();
  expect((await tried(steps, "sleep 60")).map(({ state }) => state)).toEqual([
    "cached",
    "runs",
    "unknown",
  ]);
  expect(performance.now() - start).toBeLessThan(30_000);
});

it("counts a cached step that is pulled later as cached, and passes on buildx's error", async () => {
  const pulled = [step(1, cached), step(1, { started: "y" })];
  expect(await tried(pulled)).toMatchObject([{ state: "cached" }]);
  await expect(tried([], "echo ERROR: no such file >&2; exit 1")).rejects.toThrow("no such file");
});
