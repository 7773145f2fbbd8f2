import { expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { chooseProgress } from "./choose-progress.ts";
import { progressTypes } from "./progress-types.ts";

const github = { GITHUB_ACTIONS: "true" };

it.each([
  ["on a terminal", {}, {}, true, "tty"],
  ["elsewhere", {}, {}, false, "plain"],
  ["in GitHub Actions", {}, github, false, "github"],
  ["in GitLab CI", {}, { GITLAB_CI: "true" }, false, "gitlab"],
  ["if plain is asked for in CI", { progress: "plain" as const }, github, false, "plain"],
  ["if lines are asked for on a terminal", { progress: "plain" as const }, {}, true, "plain"],
  ["by buildx's variable", {}, { BUILDKIT_PROGRESS: "rawjson" }, true, "rawjson"],
  ["by buildx's word for quiet", {}, { BUILDKIT_PROGRESS: "none" }, true, "quiet"],
  [
    "by our variable before buildx's",
    {},
    { LAYERKEEP_PROGRESS: "plain", BUILDKIT_PROGRESS: "fancy" },
    true,
    "plain",
  ],
  [
    "by the flag before any variable",
    { progress: "quiet" as const },
    { BUILDKIT_PROGRESS: "x" },
    true,
    "quiet",
  ],
  [
    "by auto, which leaves it to the variable",
    { progress: "auto" as const },
    { BUILDKIT_PROGRESS: "quiet" },
    true,
    "quiet",
  ],
  ["by --quiet", { quiet: true }, { BUILDKIT_PROGRESS: "plain" }, true, "quiet"],
])("progress is chosen %s", (_, options, env, hasTerminal, mode) => {
  expect(chooseProgress(options, env, hasTerminal)).toBe(mode);
});

it.each([
  [
    { quiet: true, progress: "tty" as const },
    {},
    true,
    "--progress tty and --quiet cannot be used together",
  ],
  [{ progress: "tty" as const }, {}, false, "--progress tty needs a terminal on stderr"],
  [{}, { BUILDKIT_PROGRESS: "tty" }, false, "BUILDKIT_PROGRESS tty needs a terminal on stderr"],
  [{}, { LAYERKEEP_PROGRESS: "fancy" }, true, 'invalid LAYERKEEP_PROGRESS "fancy"'],
])("%j with %j is refused", (options, env, hasTerminal, message) => {
  const choose = () => chooseProgress(options, env, hasTerminal);
  expect(choose).toThrow(UsageError);
  expect(choose).toThrow(message);
});

it("takes buildx's words", () => {
  expect(progressTypes).toEqual(["auto", "plain", "tty", "quiet", "rawjson"]);
});
