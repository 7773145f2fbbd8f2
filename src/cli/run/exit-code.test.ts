import { expect, test } from "vitest";
import { BuildFailure } from "../../buildkit/progress/build-errors.ts";
import { EngineError, IntegrityError, UsageError } from "../../errors.ts";
import { runExitCode } from "./exit-code.ts";

const step = new BuildFailure(
  { argv: ["buildx"], exitCode: 1, purpose: "build" },
  {
    steps: [],
    failed: undefined,
    cacheExports: [],
    cacheImportErrors: [],
    warnings: [],
    logs: [],
  },
);
const engine = new EngineError("gone");
const bytes = new IntegrityError({ subject: "x", expected: "a", actual: "b", bytes: 1 });

test.each([
  ["nothing failed", [], 0],
  ["a step failed", [step], 1],
  ["a step failed, and an engine went away", [engine, step], 1],
  ["an engine and a registry did not serve", [engine, bytes], 3],
  ["what the user gave was wrong", [engine, new UsageError("x")], 1],
  ["one is our bug", [step, engine, new TypeError("x")], 70],
])("%s: %o", (_, errors, expected) => {
  expect(runExitCode(errors)).toBe(expected);
});
