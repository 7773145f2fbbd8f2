import { UsageError } from "../../errors.ts";
import {
  byDefault,
  flag,
  gathered,
  optionalList,
  optionalText,
  type OptionsOf,
  parsed,
  repeated,
  text,
  toggle,
} from "./flags.ts";

/** What every command takes. */
export const global = [
  text(
    "-c, --config <file>",
    "the config file (default: layerkeep.yml in this folder or a parent folder)",
  ),
  gathered("--var <name=value>", "set a variable of the config", {}, addVariable),
  toggle("--json", "print the result as JSON"),
  toggle("-q, --quiet", "print only results and errors"),
  toggle("--no-color", "disable color (or set NO_COLOR)"),
] as const;
export type GlobalOptions = OptionsOf<typeof global>;

/** For commands that show what a run would do. */
export const assuming = [
  text(
    "--as <event>",
    "show what a run in CI would do: push:BRANCH, tag:TAG, pull_request, pull_request:fork, schedule or local",
  ),
] as const;

/** For commands that make a plan. */
export const planning = [
  optionalList("--force [leg...]", "rebuild these legs, or all legs, even if already staged"),
  optionalList("--cold [leg...]", "like --force, but also ignore caches"),
  flag("--refresh", "start a new refresh period (epoch)"),
  optionalText(
    "--affected [rev]",
    "skip legs not affected by changes since this revision (default: the pull request's base, otherwise the default branch)",
  ),
  flag("--write", "allow writing to the configured registries from outside CI"),
  ...assuming,
] as const;

/** For commands that can take a plan that was made before. */
export const planned = [
  text("--plan <file>", "use a plan written by `layerkeep plan`, without resolving anything again"),
  text("--plan-digest <digest>", "reject the plan if its file does not have this SHA-256 digest"),
] as const;

/** For commands whose result another program may want beside the text. */
export const resulting = [
  text("--metadata-file <file>", "also write the result to a file, as JSON"),
] as const;

/** For commands that build. */
export const building = [
  byDefault(4, parsed("-j, --jobs <number>", "number of builds to run at once", parseJobs)),
  text(
    "--builder <name>",
    "the buildx builder (default: the one in the config, BUILDX_BUILDER or the current one)",
  ),
  flag("--dry-run", "show what would be built, without building it"),
] as const;

/** For commands that publish. */
export const publishing = [flag("--rollback", "allow tags to move back to older commits")] as const;

/** For commands that read caches by name. */
export const reading = [
  flag("--insecure", "allow plain HTTP, and TLS with an unverified certificate"),
] as const;

/** For commands that write a cache. */
export const overwriting = [flag("--force", "overwrite an image at the target")] as const;

/** For commands about the config's cache repository. */
export const repository = [
  flag("--scratch", "use the scratch repository instead of the cache repository"),
] as const;

/** For commands about a repository's entries in GitHub's cache service. */
export const github = [
  text("--repo <owner/name>", "the repository (default: GITHUB_REPOSITORY)"),
] as const;

/** For commands that ask a builder about its own cache. */
export const asking = [
  text("--builder <name>", "the buildx builder (default: BUILDX_BUILDER or the current one)"),
  repeated("--filter <filter>", "a BuildKit filter, such as type=source.local"),
] as const;

/** For commands about the embedded registry. */
export const rooted = [
  text("--root <folder>", "the registry's data folder (default: in the user's cache folder)"),
] as const;

/** For commands that write the files of a CI. */
export const generating = [
  flag(
    "--check",
    "write nothing, and exit with code 1 if a file differs from what would be written",
  ),
  flag("--force", "overwrite files that were not generated"),
] as const;

/** For commands that make a config of other files. */
export const importing = [
  flag("--force", "overwrite existing files"),
  flag("--stdout", "print the config instead of writing it, and the report to stderr"),
  flag("--dry-run", "print the report without writing anything"),
] as const;

/** For commands that read what only a run can tell. */
export const valued = [
  gathered(
    "--value <expression=value>",
    "the value of an expression that only a run can tell, such as vars.REGISTRY=ghcr.io",
    {},
    addValue,
  ),
] as const;

/** For commands that delete. */
export const deleting = [
  flag("-y, --yes", "delete; without this flag, only show what would be deleted"),
] as const;

/** Adds `linux/arm64=ubuntu-24.04-arm` to the runners by platform. */
export function addRunner(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, platform, label] = /^([^=\s]+)=(\S.*)$/.exec(given) ?? [];
  if (platform === undefined || label === undefined) {
    throw new UsageError("Use PLATFORM=LABEL, such as linux/arm64=ubuntu-24.04-arm.");
  }
  return { ...before, [platform]: label };
}

function addVariable(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || value === undefined) throw new UsageError("Use NAME=value.");
  return { ...before, [name]: value };
}

function addValue(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, expression, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (expression === undefined || value === undefined)
    throw new UsageError("Use EXPRESSION=value.");
  return { ...before, [expression.trim()]: value };
}

/** A number of up to three digits. */
export function parseJobs(given: string): number {
  if (!/^[1-9]\d{0,2}$/.test(given)) throw new UsageError("Use an integer from 1 to 999.");
  return Number(given);
}

/** A number of up to five digits. */
export function parseMost(given: string): number {
  if (!/^[1-9]\d{0,4}$/.test(given)) throw new UsageError("Use an integer from 1 to 99999.");
  return Number(given);
}
