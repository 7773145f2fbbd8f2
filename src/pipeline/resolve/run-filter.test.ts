import { expect, it } from "vitest";
import { systemEnv } from "../../../test/support/system-env.ts";
import { createFilterRunner } from "./run-filter.ts";

const large = Buffer.from("line\n".repeat(200_000));
const runner = () =>
  createFilterRunner({ cwd: process.cwd(), env: systemEnv, trust: "trusted" as const });

it("returns a command's output, even if it does not read the whole file", () => {
  const { run, warnings } = runner();
  expect(run("tr a-z A-Z", Buffer.from("line"))).toBe("LINE");
  for (let times = 0; times < 5; times++) expect(run("head -n 1", large)).toBe("line\n");
  expect(warnings()).toEqual([]);
});

it("reports how a command failed, whether it read the file or not", () => {
  const { run, warnings } = runner();
  for (let times = 0; times < 5; times++) expect(run("exit 3", large)).toBeUndefined();
  expect(run("kill -9 $$", large)).toBeUndefined();
  expect(warnings()).toEqual([
    'the filter command "exit 3" failed (exit code 3), so every change to the filtered files causes a build',
    'the filter command "kill -9 $$" failed (SIGKILL), so every change to the filtered files causes a build',
  ]);
});

it("runs nothing in an untrusted context", () => {
  const run = { cwd: process.cwd(), env: systemEnv, trust: "untrusted" as const };
  expect(createFilterRunner(run).run("echo x", large)).toBeUndefined();
});
