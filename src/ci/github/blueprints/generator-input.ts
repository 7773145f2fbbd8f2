import { count } from "../../../count.ts";
import type { Config } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import { mostJobs } from "../../../plan/matrix/shard-bins.ts";
import { mostShards } from "../../../plan/matrix/shards.ts";
import { rowOf } from "../../command-jobs/job-row.ts";
import { countJobs } from "../../count-jobs.ts";
import { registriesOf, type Registry } from "../../registries.ts";
import { defaultRunners } from "../../runners.ts";
import type { Blueprint } from "./blueprint.ts";
import type { Mapping } from "../document.ts";
import { literal } from "../expressions.ts";
import { ownRegistry } from "../secrets/logins.ts";

/** What workflows are made of. */
export interface GeneratorInput {
  readonly config: Config;
  /** The config's path from the repository's top; undefined if Layerkeep finds it by itself. */
  readonly path: string | undefined;
  /** That path in any case, for readers of the workflows. */
  readonly source: string;
  /** Values of the config's variables that the workflow passes on. */
  readonly vars: Readonly<Record<string, string>>;
  readonly defaultBranch: string;
  /** The ref of our own actions. */
  readonly ref: string;
  /** The workflow's name, and that of the gate. */
  readonly name: string;
}

/** GitHub's runners, by the platform that they run natively. */
const native = { "linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm" } as const;
export const defaultRunner = native["linux/amd64"];

/** GitHub takes 1 MB of outputs of a job, in UTF-16; digests, names and publishing need some. */
const mostCharacters = 420_000;

/** What the workflows of a config have in common. */
export type Common = Pick<
  Blueprint,
  | "name"
  | "check"
  | "artifact"
  | "ref"
  | "runner"
  | "shards"
  | "freeDisk"
  | "ownBuilder"
  | "emulates"
> & {
  /** As many as the longest chain of variants has. */
  readonly levels: number;
  readonly registries: readonly Registry[];
  /** `runners` of the action `plan`. */
  readonly runners: string;
  readonly config: Mapping;
};

/** Throws a usage error if no workflow can do what the config says. */
export function commonOf(input: GeneratorInput): Common {
  const { config, path, name, ref } = input;
  refuseUnworkable(config);
  const { legs, levels, characters } = countJobs(config);
  if (characters + charactersOfJobs(config) > mostCharacters || legs > mostJobs * mostShards) {
    throw new UsageError(
      `the job matrices for this config (${count(legs, "leg")}) are larger than the 1 MB that GitHub accepts per run`,
      {
        hint: "split the config into multiple files, each with its own workflow (--config, --name)",
      },
    );
  }
  const { byPlatform, emulated, named } = defaultRunners(config, native, defaultRunner);
  return {
    ...{ name, check: name, artifact: "layerkeep-plan", ref, runner: defaultRunner, levels },
    freeDisk: config.ci.freeDisk,
    // The architecture of a runner that the config names shows only when the job runs.
    emulates: emulated.length > 0 || named,
    shards: Math.max(1, Math.ceil(legs / mostJobs)),
    ownBuilder: Object.keys(config.builders).length === 0,
    registries: registriesOf(config, ownRegistry),
    runners: [...byPlatform].map(([platform, runner]) => `${platform}: ${runner}\n`).join(""),
    config: path === undefined ? {} : { config: literal(path, "the config path") },
  };
}

/** The variables that were given when the workflow was written, one a line. */
export function givenVars(vars: Readonly<Record<string, string>>): string {
  return Object.entries(vars)
    .map(([name, value]) => {
      if (/[\r\n]/.test(value)) throw new UsageError(`--var ${name} contains a line break`);
      return `${name}=${literal(value, `--var ${name}`)}\n`;
    })
    .join("");
}

/** The matrices of `jobs` are outputs of the same job. */
function charactersOfJobs({ jobs }: Config): number {
  const keys = "k".repeat(40);
  const longest = { go: keys, homebrew: keys, ccache: keys, pip: keys };
  const rows = jobs.flatMap(({ entries }) => entries.map((entry) => rowOf(entry, keys, longest)));
  return JSON.stringify(rows).length;
}

function refuseUnworkable({ cache, variants, runners }: Config): void {
  if (cache.repository === undefined) {
    throw new UsageError("the config has no cache, but jobs need one to share their builds", {
      hint: "add cache: ghcr.io/OWNER/NAME-cache",
    });
  }
  for (const [platform, runner] of Object.entries(runners)) {
    literal(runner, `the runner for ${platform}`);
  }
  for (const { name, runners: own } of variants) {
    for (const runner of Object.values(own)) literal(runner, `the runner of variant ${name}`);
  }
}
