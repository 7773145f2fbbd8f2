import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Variant } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { findDockerfiles } from "../../pipeline/starter/find-dockerfiles.ts";
import { readCompose } from "../../pipeline/starter/read-compose.ts";
import { eitherOf } from "../../nearest.ts";
import { bakeNames } from "../import/import-bake.ts";
import { findBuildPipeline, findBuildWorkflows } from "../import/find-workflows.ts";

/** What a config can be made from; without `--from`, the first that is found. */
export type SourceKind = "bake" | "compose" | "dockerfiles" | "github" | "gitlab";

/** What a config can be made from. */
export interface Sources {
  /** The files of each kind that exists, in the order in which `init` prefers them. */
  readonly files: ReadonlyMap<SourceKind, readonly string[]>;
  /** What the Compose file builds. */
  readonly composed: readonly Variant[];
  /** Why the Compose file cannot be imported. */
  readonly unusable: string | undefined;
  /** False if there were too many folders to look for Dockerfiles in all of them. */
  readonly complete: boolean;
  /** The root of the checkout. */
  readonly repository: string;
}

/** In the order in which Compose looks for them. */
const composeNames = [
  ...["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
];

/**
 * Finds what a config in a folder can be made from. `repository` is the root of the checkout, which
 * has the workflows, and where alone a config can be made from them; `git.cwd` is the folder.
 */
export async function findSources(git: GitOptions, repository: string): Promise<Sources> {
  const root = git.cwd;
  const isTop = resolve(root) === resolve(repository);
  const compose = composeNames.find((name) => buildsIn(join(root, name)));
  const [dockerfiles, composed, workflows, pipeline] = await Promise.all([
    findDockerfiles(git),
    compose === undefined ? { variants: [], problems: [] } : readCompose(root, compose),
    isTop ? findBuildWorkflows(repository) : [],
    isTop ? findBuildPipeline(repository) : [],
  ]);
  const unusable =
    composed.problems.length === 0 ? undefined : new UsageError(composed.problems).message;
  const found: readonly (readonly [SourceKind, readonly string[]])[] = [
    ["bake", bakeNames.filter((name) => existsSync(join(root, name))).slice(0, 1)],
    ["compose", compose === undefined || unusable !== undefined ? [] : [compose]],
    ["dockerfiles", dockerfiles.paths],
    ["github", workflows],
    ["gitlab", pipeline],
  ];
  return {
    files: new Map(found.filter(([, files]) => files.length > 0)),
    composed: unusable === undefined ? composed.variants : [],
    unusable: compose === undefined ? undefined : unusable,
    complete: dockerfiles.complete,
    repository,
  };
}

/** The files of the kind that is wanted. Throws a usage error if there are none. */
export function filesOf(
  kind: SourceKind,
  { files, repository, unusable }: Sources,
  root: string,
): readonly string[] {
  const found = files.get(kind);
  if (found !== undefined) return found;
  if (kind === "compose" && unusable !== undefined) {
    throw new UsageError(`the Compose file cannot be imported:\n${unusable}`, {
      hint: "fix it, or use the Dockerfiles: --from dockerfiles",
    });
  }
  if ((kind === "github" || kind === "gitlab") && repository !== root) {
    throw new UsageError(
      `${root} is not the root of the repository, which has the ${names[kind]}`,
      {
        hint: `run it in ${repository}`,
      },
    );
  }
  const others = [...files.keys()].map((other) => `--from ${other}`);
  throw new UsageError(`no ${names[kind]} found in ${root}`, {
    hint: others.length === 0 ? nothingHint : `pass ${eitherOf(others)}`,
  });
}

/** What each kind of files is called. */
const names: Readonly<Record<SourceKind, string>> = {
  bake: "bake file",
  compose: "Compose file with a build section",
  dockerfiles: "Dockerfile",
  github: "workflow that builds images",
  gitlab: "GitLab pipeline that builds images",
};

/** What to do if there is nothing to make a config from. */
export const nothingHint =
  "create a Dockerfile first, or run this command in a folder that contains one";

function buildsIn(file: string): boolean {
  try {
    return /^\s+build\s*:|["']build["']\s*:|[{,]\s*build\s*:/m.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}
