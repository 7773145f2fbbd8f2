import { UsageError } from "../../errors.ts";
import type { ProgressMode } from "../../report/progress/progress-mode.ts";
import type { QuietOptions } from "../io.ts";
import type { progressing } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { type ProgressType, progressTypes } from "./progress-types.ts";

/** Where the type may come from besides the flag; buildx reads the second. */
const variables = ["LAYERKEEP_PROGRESS", "BUILDKIT_PROGRESS"] as const;

/** Types that buildx has beside ours. */
const others: Readonly<Record<string, ProgressType>> = { none: "quiet" };

export type ProgressOptions = Partial<QuietOptions> & OptionsOf<typeof progressing>;

/**
 * How progress is shown. As with buildx, a variable counts only if the flag is not given or `auto`.
 * Throws a usage error for a type that does not exist, and for `tty` without a terminal.
 */
export function chooseProgress(
  { quiet, progress = "auto" }: ProgressOptions,
  env: NodeJS.ProcessEnv,
  hasTerminal: boolean,
): ProgressMode {
  if (quiet === true) {
    if (progress === "auto" || progress === "quiet") return "quiet";
    throw new UsageError(`--progress ${progress} and --quiet cannot be used together`);
  }
  const { type, from } =
    progress === "auto" ? ofEnvironment(env) : { type: progress, from: "--progress" };
  if (type === "auto") return automatic(env, hasTerminal);
  if (type === "tty" && !hasTerminal) {
    throw new UsageError(`${from} tty needs a terminal on stderr`, {
      hint: "use auto, which prints plain lines if there is no terminal",
    });
  }
  return type;
}

function ofEnvironment(env: NodeJS.ProcessEnv): {
  readonly type: ProgressType;
  readonly from: string;
} {
  for (const name of variables) {
    const value = env[name] ?? "";
    if (value === "") continue;
    const type = progressTypes.find((one) => one === value) ?? others[value];
    if (type !== undefined) return { type, from: name };
    throw new UsageError(`invalid ${name} "${value}"`, {
      hint: `set it to one of ${progressTypes.join(", ")}`,
    });
  }
  return { type: "auto", from: "" };
}

/** A CI's log is no terminal; it can fold what belongs together. */
function automatic(env: NodeJS.ProcessEnv, hasTerminal: boolean): ProgressMode {
  if (env["GITHUB_ACTIONS"] === "true") return "github";
  if (env["GITLAB_CI"] === "true") return "gitlab";
  return hasTerminal ? "tty" : "plain";
}
