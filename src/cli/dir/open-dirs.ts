import { homedir } from "node:os";
import { join } from "node:path";
import { hashFiles, readKeyFile } from "../../dir/keys/hash-files.ts";
import { checkKey } from "../../dir/keys/key-tag.ts";
import { type RenderedKey, renderKey } from "../../dir/keys/key-template.ts";
import type { Storage } from "../../dir/stored/find-cache.ts";
import { UsageError } from "../../errors.ts";
import { epochOf } from "../../inputs/moving/epoch.ts";
import { parseRepository } from "../../oci/reference.ts";
import { cacheFolder } from "../folders.ts";
import { type ConfigOptions, type Io, warn } from "../io.ts";
import { startProbes } from "../run/probes.ts";
import { openSession, type Session } from "../run/session.ts";

/** The cache repository, for directory caches. */
export interface OpenDirs extends AsyncDisposable {
  readonly session: Session;
  readonly storage: Storage;
  /** Where it is remembered what was saved and restored on this machine. */
  readonly memory: string;
  readonly place: { readonly cwd: string; readonly home: string };
  /** The operating system and the architecture, as keys spell them. */
  readonly machine: { readonly os: string; readonly arch: string };
  /**
   * Fills in the placeholders of a key; the files that it names are below the folder. Throws a usage
   * error for what cannot be a key.
   */
  renderKey(template: string, folder: string): Promise<RenderedKey>;
}

/**
 * Opens the run's cache repository. `keys` has keys that are used as they are, by their templates;
 * others are added. Throws a usage error if there is no cache repository.
 */
export async function openDirs(
  options: ConfigOptions & { readonly write?: boolean },
  io: Io,
  access: "read" | "write",
  keys = new Map<string, RenderedKey>(),
): Promise<OpenDirs> {
  const need = { command: "dir", access } as const;
  const session = await openSession(startProbes(options, io), options, io, need);
  for (const text of session.warnings) warn(io, text);
  const { home, client, config } = session;
  if (home.repository === undefined) {
    await session[Symbol.asyncDispose]();
    throw new UsageError("the config has no cache repository", {
      hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
    });
  }
  const repository = parseRepository(home.repository);
  const machine = {
    os: osNames[process.platform] ?? process.platform,
    arch: archNames[process.arch] ?? process.arch,
  };
  const every = config.refresh?.every ?? "week";
  return {
    session,
    storage: { client, repository, signal: io.signal },
    memory: join(cacheFolder(io.env), "dirs"),
    place: { cwd: io.cwd, home: homedir() },
    machine,
    async renderKey(template, folder) {
      const known = keys.get(template);
      if (known !== undefined) return known;
      const rendered = await renderKey(template, {
        ...machine,
        epoch: epochOf(every === "command" ? "week" : every, io.now()),
        env: io.env,
        hash: (globs) => hashFiles(folder, globs),
        file: (path) => readKeyFile(folder, path),
      });
      checkKey(rendered.key);
      keys.set(template, rendered);
      return rendered;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const osNames: Readonly<Record<string, string>> = { darwin: "macos", win32: "windows" };
const archNames: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
