import { basename, dirname, join, posix, relative, resolve } from "node:path";
import { loadConfig } from "../../config/load/load.ts";
import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { readGitFacts } from "../../git/facts.ts";
import { readRepository } from "../../lint/files/read-repository.ts";
import type { Repository } from "../../lint/files/repository.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import type { RepositoryFacts } from "../../migrate/events/sample-event.ts";
import { chooseConfigFile } from "../config-file/choose-file.ts";
import type { WriteOptions } from "../config-file/write-options.ts";
import type { Io } from "../io.ts";
import { gitAt } from "../run/probes.ts";
import { bakePrinter } from "../run/session.ts";

/** The repository whose files are imported, and the config to be. */
export interface OpenImport {
  /** The config's folder. */
  readonly root: string;
  readonly repository: Repository;
  readonly facts: RepositoryFacts;
  /** The config's absolute path. */
  readonly config: string;
  readonly load: (text: string) => Promise<Config>;
  /** A file of the repository by its path from the current folder. Throws a usage error. */
  readonly read: (path: string) => SourceFile;
}

/**
 * Opens the repository of this folder. `scope` is what the config describes: the whole repository,
 * whose root it must be in, or its own folder alone. Throws a usage error if the config exists.
 */
export async function openImport(
  options: WriteOptions,
  scope: "repository" | "folder",
  io: Io,
): Promise<OpenImport> {
  const git = await readGitFacts(gitAt(io.cwd, io));
  const top = git?.root ?? resolve(io.cwd);
  const config = await chooseConfigFile(options, top, io);
  const folder = dirname(config);
  if (scope === "repository" && folder !== top) {
    throw new UsageError(`${config} is not in the root of the repository`, {
      hint: `use ${join(top, basename(config))}: paths in the config are relative to its folder`,
    });
  }
  const root = folder;
  const repository = readRepository(root, new Set());
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
