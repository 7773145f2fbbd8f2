import { basename, dirname, join, posix, relative, resolve } from "node:path";
import { configNames } from "../../config/load/find.ts";
import { loadConfig } from "../../config/load/load.ts";
import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { readGitFacts } from "../../git/facts.ts";
import { readRepository } from "../../lint/files/read-repository.ts";
import type { Repository } from "../../lint/files/repository.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import type { RepositoryFacts } from "../../migrate/events/sample-event.ts";
import type { Io } from "../io.ts";
import type { configuring } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { gitAt } from "../run/probes.ts";
import { bakePrinter } from "../run/session.ts";

/** The repository whose files are imported, and the config to be. */
export interface OpenImport {
  readonly root: string;
  readonly repository: Repository;
  readonly facts: RepositoryFacts;
  /** The config's absolute path. */
  readonly config: string;
  readonly load: (text: string) => Promise<Config>;
  /** A file of the repository by its path from the current folder. Throws a usage error. */
  readonly read: (path: string) => SourceFile;
}

export async function openImport(
  options: OptionsOf<typeof configuring>,
  io: Io,
): Promise<OpenImport> {
  const git = await readGitFacts(gitAt(io.cwd, io));
  const root = git?.root ?? resolve(io.cwd);
  const repository = readRepository(root, new Set());
  const config = resolve(io.cwd, options.config ?? join(root, configNames[0]));
  if (dirname(config) !== root) {
    throw new UsageError(`${config} is not in the root of the repository`, {
      hint: `use ${join(root, basename(config))}: paths in the config are relative to its folder`,
    });
  }
  return {
    ...{ root, repository, config },
    facts: {
      ...hostFacts(git?.remoteUrl ?? ""),
      defaultBranch: git?.defaultBranch ?? git?.branch ?? "main",
    },
    load: (text) => loadConfig({ file: config, text, vars: {}, printBake: bakePrinter(io) }),
    read: (path) => {
      const file = repository.read(relative(root, resolve(io.cwd, path)));
      if (file !== undefined) return file;
      throw new UsageError(`cannot read ${path}`, { hint: `specify a text file in ${root}` });
    },
  };
}

/** What the host of a repository has for it. */
function hostFacts(url: string): Pick<RepositoryFacts, "slug" | "registry" | "cache"> {
  const [, host, slug] = /^https:\/\/(github|gitlab)\.com\/(.+?)(?:\.git)?\/?$/.exec(url) ?? [];
  if (slug === undefined) return { slug, registry: undefined, cache: undefined };
  const path = slug.toLowerCase();
  return host === "github"
    ? { slug, registry: `ghcr.io/${posix.dirname(path)}/`, cache: `ghcr.io/${path}-cache` }
    : {
        slug,
        registry: `registry.gitlab.com/${path}`,
        // A project's registry has only repositories below its own path.
        cache: `registry.gitlab.com/${path}/cache`,
      };
}
