import { saveDirectory } from "../../dir/save/save.ts";
import { threadCrew } from "../../dir/threads/crew.ts";
import { renderLeftOut, renderSaved } from "../../report/dir/dir-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { show } from "../show/show-result.ts";
import { findPaths } from "./find-paths.ts";
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
  const saved = await saveNow(
    dirs,
    { key, paths: await findPaths(paths, io.cwd, "save"), allowEmpty },
    io,
  );
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
