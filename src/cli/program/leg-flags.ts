import { flag, gathered, optionalText, titled } from "./flags.ts";

/** What commands that take legs say of them. */
export const legsByName = "legs such as server/linux/arm64, variants such as server, or globs";

const heading = "Selection options:";

/** For commands that can skip what a change does not affect. */
export const affectedSince = titled(heading, [
  optionalText(
    "--affected [rev]",
    "skip legs not affected by changes since this revision (default: the merge base with the pull request's base branch, otherwise with the default branch)",
  ),
]);

/** For commands that take legs. */
export const ofPlatforms = titled(heading, [
  gathered(
    "--platform <platform>",
    "only legs for this platform, such as linux/arm64, or for platforms that match a glob",
    [],
    (before: readonly string[], given) => [...before, ...given.split(",")],
  ),
]);

/** For commands that work on the legs of a plan. */
export const selecting = [
  ...ofPlatforms,
  ...affectedSince,
  ...titled(heading, [
    flag("--failed", "only legs whose last build failed, and legs built on them"),
    flag(
      "--stale",
      "only legs whose base images have changed since their last build, and legs built on them",
    ),
  ]),
] as const;
