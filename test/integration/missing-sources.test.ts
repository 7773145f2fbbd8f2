import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSources, sourceCases } from "../support/dockerfile/missing-sources.ts";
import { testEngine } from "../support/engine.ts";

const { buildx, env, remoteBuilder, baseImage } = testEngine();

// The unit test beside src/inputs/missing compares what we say with the same table.
test.each(sourceCases)("BuildKit: $text", (one) => {
  using folder = openSources();
  folder.write(one, baseImage.reference);
  const named = ["--build-context", `named=${join(folder.path, "named")}`];
  const argv = ["build", "--progress=plain", "--output=type=cacheonly", "--builder", remoteBuilder];
  const { status, stderr } = spawnSync(buildx, [...argv, ...named, join(folder.path, "context")], {
    env,
    encoding: "utf8",
  });
  // Otherwise it failed for another reason.
  const isMissing = /not found|too many links|no such file/.test(stderr);
  expect({ status, isMissing }).toEqual({ status: one.fails ? 1 : 0, isMissing: one.fails });
});
