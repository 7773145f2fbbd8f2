import { UsageError } from "../../errors.ts";
import type { Inputs } from "../process/inputs.ts";
import { parseLine } from "../process/inputs.ts";
import { commonInputs, flagsOf, namesOf, variableFlags } from "../process/run-command.ts";

/** What `layerkeep plan` and its matrices take. */
const planInputs = ["stale", "affected", "force", "cold", "refresh"] as const;
const matrixInputs = ["levels", "shards", "max-jobs", "runners"] as const;
export const inputNames = [
  ...commonInputs,
  "output",
  ...planInputs,
  ...matrixInputs,
  "publish-jobs",
] as const;
export type PlanInputs = Inputs<(typeof inputNames)[number]>;

/** GitHub's own runners, by platform; what they do not run is emulated. */
const defaultRunners: Readonly<Record<string, string>> = {
  "linux/amd64": "ubuntu-24.04",
  "linux/arm64": "ubuntu-24.04-arm",
  "*": "ubuntu-24.04",
};

/** The flags of `layerkeep plan` for the inputs. */
export function planFlags(inputs: PlanInputs): readonly string[] {
  return [
    ...flagsOf(inputs, ["config"]),
    ...variableFlags(inputs.lines("vars")),
    ...(["stale", "refresh"] as const).flatMap((name) =>
      inputs.boolean(name) ? [`--${name}`] : [],
    ),
    ...affectedFlag(inputs),
    ...legFlags(inputs, "force"),
    ...legFlags(inputs, "cold"),
    "--matrix",
    ...flagsOf(inputs, ["levels", "shards", "max-jobs"]),
    ...runnerFlags(inputs.lines("runners")),
  ];
}

/** The flags of `layerkeep jobs` for the inputs. */
export function jobFlags(inputs: PlanInputs): readonly string[] {
  return [
    ...flagsOf(inputs, ["config"]),
    ...variableFlags(inputs.lines("vars")),
    ...affectedFlag(inputs),
  ];
}

/** How many jobs the matrix for publishing may have. */
export function publishJobsOf(inputs: PlanInputs): number {
  const given = inputs.text("publish-jobs") ?? "8";
  if (/^[1-9]\d{0,2}$/.test(given) && Number(given) <= 256) return Number(given);
  throw new UsageError(`the input publish-jobs must be an integer from 1 to 256, not "${given}"`);
}

/** `true`, a revision, or nothing. */
function affectedFlag(inputs: PlanInputs): readonly string[] {
  const given = inputs.text("affected") ?? "false";
  if (given === "false") return [];
  return given === "true" ? ["--affected"] : [`--affected=${given}`];
}

/** `true` for all, or the names of legs. */
function legFlags(inputs: PlanInputs, name: "force" | "cold"): readonly string[] {
  const words = namesOf(inputs, name);
  const [only = "false"] = words;
  if (words.length <= 1 && only === "false") return [];
  if (words.length === 1 && only === "true") return [`--${name}`];
  return words.map((word) => `--${name}=${word}`);
}

function runnerFlags(lines: readonly string[]): readonly string[] {
  const given = Object.fromEntries(lines.map((line) => parseLine("runners", line)));
  return Object.entries({ ...defaultRunners, ...given }).map(
    ([platform, label]) => `--runner=${platform}=${label}`,
  );
}
