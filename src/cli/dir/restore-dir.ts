import type { FetchProgress } from "../../dir/restore/fetch-files.ts";
import { type Restored, type RestoreOptions, restoreDirectory } from "../../dir/restore/restore.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { UsageError } from "../../errors.ts";
import { renderRestored } from "../../report/dir/dir-report.ts";
import type { ConfigOptions, GlobalOptions, Io, QuietOptions } from "../io.ts";
import { show } from "../show/show-result.ts";
import { chooseDirs } from "./declared/choose-dirs.ts";
import { fillIn } from "./declared/declared-cache.ts";
import { type OpenDirs, openDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

interface Request {
  /** Names of `dirs`, or a key and paths; none: all of `dirs`. */
  readonly words: readonly string[];
  /** Templates of prefixes, of a key. */
  readonly prefixes: readonly string[];
  readonly owners: boolean;
  readonly required: boolean;
}

type Wanted = Pick<RestoreOptions, "key" | "prefixes" | "paths" | "names" | "owners">;

/** Restores folders. Gives 1 if there is no cache and one is required. */
export async function restoreDir(
  { words, prefixes: templates, owners, required }: Request,
  options: ConfigOptions & GlobalOptions & QuietOptions,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  const declared = dirs.session.config.dirs;
  const chosen = chooseDirs(words, declared, dirs.machine.os);
  if (chosen.kind === "key") {
    const { key } = await dirs.renderKey(chosen.key, io.cwd);
    const prefixes = await Promise.all(
      templates.map(async (prefix) => (await dirs.renderKey(prefix, io.cwd)).key),
    );
    const { result, text } = await restoreOne(
      dirs,
      { key, prefixes, paths: chosen.paths, owners },
      io,
    );
    show(io, options, result, () => text);
    return result.restored === null && required ? 1 : 0;
  }
  if (templates.length > 0) {
    throw new UsageError("--or belongs to a key, and none is named", {
      hint: "set or: of the directory cache in the config",
    });
  }
  const caches = await fillIn(chosen.dirs, dirs);
  const done: Awaited<ReturnType<typeof restoreOne>>[] = [];
  for (const { key, prefixes, paths } of caches) {
    const [files, names] = [paths.map(({ file }) => file), paths.map(({ name }) => name)];
    const wanted = { key: key.key, prefixes, paths: files, names, owners };
    done.push(await restoreOne(dirs, wanted, io));
  }
  const all = done.map(({ result }, at) => ({ name: caches[at]?.name, ...result }));
  show(io, options, { dirs: all }, () => done.map(({ text }) => text).join("\n"));
  return required && done.some(({ result }) => result.restored === null) ? 1 : 0;
}

async function restoreOne(dirs: OpenDirs, wanted: Wanted, io: Io) {
  const began = io.elapsed();
  const restored = await restoreNow(dirs, wanted, io);
  const seconds = io.elapsed() - began;
  const result = {
    key: wanted.key,
    restored: restored === undefined ? null : { ...restored, seconds },
  };
  return { result, text: renderRestored(wanted.key, restored, seconds) };
}

/** Restores, and shows how much was fetched. */
export async function restoreNow(
  { storage, memory, place }: Pick<OpenDirs, "storage" | "memory" | "place">,
  request: Wanted,
  io: Io,
): Promise<Restored | undefined> {
  await using crew = threadCrew();
  let progress: FetchProgress = { fetched: 0, toFetch: 0 };
  const stop = showBytes(io, () => [
    { verb: "fetched", done: progress.fetched, total: progress.toFetch },
  ]);
  const onProgress = (now: FetchProgress): void => void (progress = now);
  const about = { storage, memory, place, crew, now: io.now, onProgress };
  return await restoreDirectory({ ...about, ...request }).finally(stop);
}
