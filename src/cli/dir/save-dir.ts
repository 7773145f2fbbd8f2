import { saveDirectory, type SaveProgress } from "../../dir/save/save.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { UsageError } from "../../errors.ts";
import { renderLeftOut, renderSaved } from "../../report/dir/dir-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { show } from "../show/show-result.ts";
import { chooseDirs, suggestName } from "./declared/choose-dirs.ts";
import { type DeclaredCache, fillIn, withExisting } from "./declared/declared-cache.ts";
import { findPaths, refuseNested } from "./find-paths.ts";
import { type OpenDirs, openDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

interface Request {
  /** Names of `dirs`, or a key and paths; none: all of `dirs`. */
  readonly words: readonly string[];
  readonly allowEmpty: boolean;
}

type Options = ConfigOptions & GlobalOptions & QuietOptions & { readonly write?: boolean };

/** Saves folders. A run that is not trusted saves nothing, and says so. */
export async function saveDir(
  { words, allowEmpty }: Request,
  options: Options,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "write");
  const declared = dirs.session.config.dirs;
  const chosen = chooseDirs(words, declared, dirs.machine.os);
  if (chosen.kind === "declared") {
    const caches = await fillIn(chosen.dirs, dirs);
    return await saveDeclared(dirs, { caches, allowEmpty }, options, io);
  }
  if (chosen.paths.length === 0) {
    throw new UsageError(`no paths are named to save under the key ${chosen.key}`, {
      hint: suggestName(chosen.key, declared) ?? "name them behind the key",
    });
  }
  const key = await dirs.renderKey(chosen.key, io.cwd);
  const refused = whyRefused(dirs, key.key);
  if (refused !== undefined) {
    warn(io, refused);
    if (options.json) show(io, options, { key: key.key, saved: null }, () => "");
    return 0;
  }
  const paths = await findPaths(chosen.paths, io.cwd, "save");
  const { result, text } = await saveOne(dirs, { key, paths, allowEmpty }, io);
  show(io, options, result, () => text);
  return 0;
}

/** Nothing is saved if one of them cannot be. */
async function saveDeclared(
  dirs: OpenDirs,
  {
    caches,
    allowEmpty,
  }: { readonly caches: readonly DeclaredCache[]; readonly allowEmpty: boolean },
  options: Options,
  io: Io,
): Promise<number> {
  const refused = caches.flatMap(({ key }) => whyRefused(dirs, key.key) ?? []);
  for (const text of refused) warn(io, text);
  if (refused.length > 0) {
    const none = caches.map(({ name, key }) => ({ name, key: key.key, saved: null }));
    if (options.json) show(io, options, { dirs: none }, () => "");
    return 0;
  }
  const done: Awaited<ReturnType<typeof saveOne>>[] = [];
  const existing = await withExisting(caches);
  for (const { paths } of existing) refuseNested(paths);
  for (const { key, paths } of existing) {
    done.push(await saveOne(dirs, { key, paths, allowEmpty }, io));
  }
  const all = done.map(({ result }, at) => ({ name: existing[at]?.name, ...result }));
  show(io, options, { dirs: all }, () => done.map(({ text }) => text).join("\n"));
  return 0;
}

/** Undefined: this run may save. */
function whyRefused({ session: { trust } }: OpenDirs, key: string): string | undefined {
  return trust.level === "untrusted" ? `${key} was not saved: ${trust.reason}` : undefined;
}

async function saveOne(dirs: OpenDirs, request: Parameters<typeof saveNow>[1], io: Io) {
  const began = io.elapsed();
  const saved = await saveNow(dirs, request, io);
  for (const text of renderLeftOut(saved.leftOut)) warn(io, text);
  const seconds = io.elapsed() - began;
  const result = { key: saved.key, saved: { ...saved, seconds } };
  return { result, text: renderSaved(saved, seconds) };
}

/** Saves, and shows how much was done. */
export async function saveNow(
  { storage, memory }: Pick<OpenDirs, "storage" | "memory">,
  request: Pick<Parameters<typeof saveDirectory>[0], "key" | "paths" | "allowEmpty">,
  io: Io,
): ReturnType<typeof saveDirectory> {
  let progress: SaveProgress = { read: 0, toRead: 0, sent: 0 };
  await using crew = threadCrew();
  const stop = showBytes(io, () => [
    { verb: "read", done: progress.read, total: progress.toRead },
    { verb: "sent", done: progress.sent },
  ]);
  try {
    const onProgress = (now: SaveProgress): void => void (progress = now);
    return await saveDirectory({ storage, memory, crew, ...request, now: io.now, onProgress });
  } finally {
    stop();
  }
}
