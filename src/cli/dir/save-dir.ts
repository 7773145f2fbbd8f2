import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { type SavedPath, saveDirectory } from "../../dir/save/save.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { UsageError } from "../../errors.ts";
import { renderLeftOut, renderSaved } from "../../report/dir/dir-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { show } from "../show/show-result.ts";
import { type OpenDirs, openDirs } from "./open-dirs.ts";
import { showBytes } from "./show-bytes.ts";

interface Request {
  readonly key: string;
  readonly paths: readonly string[];
  readonly allowEmpty: boolean;
}

type Options = ConfigOptions & GlobalOptions & QuietOptions & { readonly write?: boolean };

/** Saves paths under a key. A run that is not trusted saves nothing, and says so. */
export async function saveDir(
  { key: template, paths, allowEmpty }: Request,
  options: Options,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "write");
  const key = await dirs.renderKey(template);
  const { trust } = dirs.session;
  if (trust.level === "untrusted") {
    warn(io, `${key.key} was not saved: ${trust.reason}`);
    if (options.json) show(io, options, { key: key.key, saved: null }, () => "");
    return 0;
  }
  const saved = await saveNow(dirs, { key, paths: await findPaths(paths, io.cwd), allowEmpty }, io);
  for (const text of renderLeftOut(saved.leftOut)) warn(io, text);
  const result = { key: saved.key, saved: { ...saved, seconds: io.elapsed() } };
  show(io, options, result, () => renderSaved(saved, io.elapsed()));
  return 0;
}

/** Saves, and shows how much was done. */
export async function saveNow(
  { storage, memory }: Pick<OpenDirs, "storage" | "memory">,
  request: Pick<Parameters<typeof saveDirectory>[0], "key" | "paths" | "allowEmpty">,
  io: Io,
): ReturnType<typeof saveDirectory> {
  let [read, sent] = [0, 0];
  await using crew = threadCrew();
  const stop = showBytes(io, () => [
    ["read", read],
    ["sent", sent],
  ]);
  try {
    const onProgress = (progress: { readonly read: number; readonly sent: number }): void => {
      ({ read, sent } = progress);
    };
    return await saveDirectory({ storage, memory, crew, ...request, now: io.now, onProgress });
  } finally {
    stop();
  }
}

/** Links that the user named are followed. What is below the current folder is named from there. */
async function findPaths(paths: readonly string[], cwd: string): Promise<readonly SavedPath[]> {
  const here = await realpath(cwd);
  const found: SavedPath[] = [];
  for (const path of paths) {
    const file = await realpath(resolve(cwd, path)).catch((cause: unknown) => {
      const hint = hintForUnusable(cause, path);
      throw new UsageError(`cannot save ${path}: ${whyUnusable(cause)}`, { cause, hint });
    });
    const name = relative(here, resolve(here, path));
    const isBelow = name !== "" && name !== ".." && !name.startsWith(`..${sep}`);
    found.push({ name: isBelow ? name.replaceAll(sep, "/") : path, file });
  }
  const inside = found.find(({ file }, at) =>
    found.some((other, its) => its !== at && `${file}${sep}`.startsWith(`${other.file}${sep}`)),
  );
  if (inside === undefined) return found;
  throw new UsageError(`${inside.name} is named twice, or is part of another path`, {
    hint: "name each folder once",
  });
}
