import { expect, it } from "vitest";
import { BuildFailure, buildError } from "./build-errors.ts";
import { Progress } from "./progress.ts";

const argv = ["/usr/libexec/docker/cli-plugins/docker-buildx", "build"];
const purpose = "build of app/linux/amd64";

function errorOf(...said: string[]): Error {
  return buildError({ argv, exitCode: 1, said, summary: new Progress().summary(), purpose });
}

it.each([
  [
    "ERROR: failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: NONSENSE",
    "dockerfile parse error on line 2: unknown instruction: NONSENSE",
  ],
  [
    "ERROR: failed to solve: rpc error: code = Unknown desc = no match for platform",
    "no match for platform",
  ],
  ["ERROR: failed to build: invalid tag", "invalid tag"],
])("takes buildx's last line as the reason if no step failed: %s", (line, reason) => {
  const error = errorOf("WARNING: something", "   2 | >>> NONSENSE", line);
  expect(error).toBeInstanceOf(BuildFailure);
  expect(error).toMatchObject({ message: `${purpose}: ${reason}`, reason });
});

it("takes buildx's last line if the progress has only steps that were cancelled", () => {
  const failed = { name: "[1/3] FROM a", error: "context canceled: context canceled", log: [] };
  const summary = { ...new Progress().summary(), failed };
  const said = ['ERROR: target b: failed to solve: "/missing": not found'];
  const end = { argv, exitCode: 1, summary, purpose };
  expect(buildError({ ...end, said })).toMatchObject({
    message: `${purpose}: "/missing": not found`,
    reason: '"/missing": not found',
    summary: { failed: undefined },
  });
  const place = ["   1 |     FROM a", "   2 | >>> COPY missing \\", "   3 | >>>   /to"];
  expect(buildError({ ...end, said: [...place, ...said] })).toMatchObject({
    summary: { failed: { name: "COPY missing /to", error: '"/missing": not found' } },
  });
  const cancelled = ["ERROR: failed to build: failed to solve: Canceled: context canceled"];
  expect(buildError({ ...end, said: cancelled })).toMatchObject({ summary: { failed } });
});

it("reports buildx's last lines if it gives no reason", () => {
  expect(errorOf("panic: x").message).toBe(`${purpose}: ${argv[0] ?? ""} exited with 1\npanic: x`);
});

it.each([
  ["ERROR: failed to solve: failed to configure gha cache exporter: token not set", "code"],
  ["ERROR: error reading from server: EOF", "code"],
])("reports an engine error, not a build failure: %s", (line) => {
  expect(errorOf(line)).toMatchObject({ code: "engine" });
});

it("reports a cache that cannot be written, if that fails the build", () => {
  const cacheExports = [
    {
      name: "exporting cache to registry",
      type: "registry",
      skipped: false,
      error: "403 Forbidden",
    },
  ] as const;
  const summary = { ...new Progress().summary(), cacheExports };
  const said = ["ERROR: failed to solve: 403 Forbidden"];
  expect(buildError({ argv, exitCode: 1, said, summary, purpose })).toMatchObject({
    code: "engine",
    message: `${purpose}: the cache was not written: 403 Forbidden`,
  });
});
