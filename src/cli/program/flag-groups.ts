import { configNames } from "../../config/load/find.ts";
import { dataFolder, inputFile, outputFile } from "./file-flags.ts";
import { addValue, addVariable, parseJobs } from "./flag-values.ts";
import { configHeading, generalHeading } from "./help.ts";
import { progressTypes } from "../progress/progress-types.ts";
import {
  byDefault,
  choice,
  flag,
  gathered,
  optionalList,
  type OptionsOf,
  parsed,
  repeated,
  text,
  titled,
  toggle,
} from "./flags.ts";

/** What every command takes. */
export const global = titled(generalHeading, [
  toggle("--json", "print the result, and errors, as JSON"),
  toggle("--no-color", "disable color (or set NO_COLOR)"),
]);
export type GlobalOptions = OptionsOf<typeof global>;

/** For commands that print progress or notes. */
export const quietable = titled(generalHeading, [
  toggle("-q, --quiet", "do not print progress or notes"),
]);
export type QuietOptions = OptionsOf<typeof quietable>;

const variables = gathered("--var <name=value>", "set a variable of the config", {}, addVariable);

/** For commands that read the config. */
export const configured = titled(configHeading, [
  inputFile(
    "-c, --config <file>",
    "the config file (default: layerkeep.yml in this folder or a parent folder)",
    { missing: "run `layerkeep init` to create one", names: configNames },
  ),
  variables,
]);
export type ConfigOptions = OptionsOf<typeof configured>;

/** For commands that write a config. */
export const configuring = [
  outputFile("-c, --config <file>", "the config file to write (default: layerkeep.yml)"),
] as const;

/** For commands that show what a run would do. */
export const assuming = [
  text(
    "--as <event>",
    "show what a run in CI would do: push:BRANCH, tag:TAG, pull_request, pull_request:fork, schedule or local",
  ),
] as const;

/** For commands that make a plan. */
export const planning = [
  ...titled("Plan options:", [
    optionalList("--force [leg...]", "rebuild these legs, or all legs, even if already staged"),
    optionalList("--cold [leg...]", "like --force, but also ignore caches; cache mounts start empty"),
    flag("--refresh", "start a new refresh period (epoch)"),
    flag("--write", "allow writing to the configured registries from outside CI"),
    ...assuming,
  ]),
  ...configured,
] as const;

/** For commands that can take a plan that was made before. */
export const planned = titled("Plan options:", [
  inputFile(
    "--plan <file>",
    "use a plan written by `layerkeep plan`, without resolving anything again; - for standard input",
    { standard: true, missing: "create one with `layerkeep plan --output plan.json`" },
  ),
  text("--plan-digest <digest>", "reject the plan if its file does not have this SHA-256 digest"),
]);

/** For commands whose result another program may want beside the text. */
export const resulting = titled(generalHeading, [
  outputFile("--metadata-file <file>", "also write the result to a file, as JSON"),
]);

/** For commands that build. */
export const building = titled("Build options:", [
  byDefault(4, parsed("-j, --jobs <number>", "number of builds to run at once", parseJobs)),
  text(
    "--builder <builder>",
    "the buildx builder (default: the one in the config, BUILDX_BUILDER or the current one)",
  ),
  flag("--dry-run", "show what would be built, without building it"),
]);

/** For commands that show what they do while they do it. */
export const progressing = titled("Progress options:", [
  choice(
    "--progress <type>",
    "how to show progress; auto is tty on a terminal, otherwise plain lines with the output of the steps, folded by leg in CI",
    progressTypes,
  ),
]);

/** For commands that can run again by themselves. */
export const watching = [
  flag("--watch", "run again when files change that the legs take, until Ctrl-C"),
] as const;

/** For commands that publish. */
export const publishing = titled("Publish options:", [
  flag("--rollback", "allow tags to move back to older commits"),
  flag("--allow-untagged", "accept images for which no tag rule produces a tag"),
]);

/** For commands that read caches by name. */
export const reading = [
  flag("--insecure", "allow plain HTTP, and TLS with an unverified certificate"),
  ...configured,
] as const;

/** For commands that write a cache. */
export const overwriting = [flag("--force", "overwrite an image at the target")] as const;

/** For commands about the config's cache repository. */
export const repository = [
  flag("--scratch", "use the scratch repository instead of the cache repository"),
  ...configured,
] as const;

/** For commands about a repository's entries in GitHub's cache service. */
export const github = [
  text("--repo <owner/name>", "the repository (default: GITHUB_REPOSITORY)"),
] as const;

/** For commands that ask a builder about its own cache. */
export const asking = [
  text("--builder <builder>", "the buildx builder (default: BUILDX_BUILDER or the current one)"),
  repeated("--filter <filter>", "a BuildKit filter, such as type=source.local"),
] as const;

/** For commands about the embedded registry. */
export const rooted = [
  dataFolder("--root <folder>", "the registry's data folder (default: in the user's cache folder)"),
] as const;

/** For commands that write the files of a CI. */
export const generating = [
  flag("--check", "write nothing; exit with code 1 if a file is not up to date"),
  flag("--force", "overwrite files that were not generated"),
  ...configured,
] as const;

/** For commands that make a config of other files. */
export const importing = [
  flag("--force", "overwrite existing files"),
  flag("--stdout", "print the config instead of writing it, and the report to stderr"),
  flag("--dry-run", "print the report without writing anything"),
  ...configuring,
  ...quietable,
] as const;

/** For commands that read what only a run can tell. */
export const valued = [
  gathered(
    "--value <expression=value>",
    "the value of an expression that is only known at run time, such as vars.REGISTRY=ghcr.io",
    {},
    addValue,
  ),
] as const;

/** For commands that delete. */
export const deleting = [
  flag("-y, --yes", "delete; without this flag, only show what would be deleted"),
] as const;
