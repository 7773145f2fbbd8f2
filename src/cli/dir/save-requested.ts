import type { RenderedKey } from "../../dir/keys/key-template.ts";
import type { SavedPath } from "../../dir/save/save.ts";
import type { Saved } from "../../dir/save/save-tree.ts";
import { UsageError } from "../../errors.ts";
import { renderLeftOut, renderSaved } from "../../report/dir/dir-report.ts";
import { type Io, warn } from "../io.ts";
import { type Asked, chooseDirs, suggestName } from "./declared/choose-dirs.ts";
import { existingOf, fillIn, withExisting } from "./declared/declared-cache.ts";
import { findPaths, refuseNested } from "./find-paths.ts";
import type { OpenDirs } from "./open-dirs.ts";
import { saveNow } from "./save-now.ts";
import type { Done } from "./show-done.ts";

export interface SaveRequest {
  readonly asked: Asked;
  readonly allowEmpty: boolean;
}

/** What was saved of a cache that was asked for; null: nothing. */
type DoneSave = Done<{ readonly saved: (Saved & { readonly seconds: number }) | null }>;

/** What was saved, or a sentence for each cache why this run saves nothing. */
export interface SavedRequest {
  readonly refused: readonly string[];
  readonly done: readonly DoneSave[];
}

interface ToSave {
  readonly name?: string;
  readonly key: RenderedKey;
  readonly paths: readonly SavedPath[];
}

/** Saves what was asked for, one cache after the other; nothing if one of them cannot be saved. */
export async function saveRequested(
  { asked, allowEmpty }: SaveRequest,
  dirs: OpenDirs,
  io: Io,
): Promise<SavedRequest> {
  const { keys, findAll } = await chooseToSave(asked, dirs, io);
  const { trust } = dirs.session;
  if (trust.level === "untrusted") {
    const refused = keys.map(({ key }) => `${key} was not saved: ${trust.reason}`);
    return { refused, done: keys.map((key) => ({ result: { ...key, saved: null }, text: "" })) };
  }
  const done: DoneSave[] = [];
  for (const { name, key, paths } of await findAll()) {
    const began = io.elapsed();
    const saved = await saveNow(dirs, { key, paths, allowEmpty }, io);
    for (const text of renderLeftOut(saved.leftOut)) warn(io, text);
    const seconds = io.elapsed() - began;
    const result = { key: saved.key, saved: { ...saved, seconds } };
    const text = renderSaved(saved, seconds);
    done.push({ result: name === undefined ? result : { name, ...result }, text });
  }
  return { refused: [], done };
}

/** The keys, and how their paths are found: only a run that saves needs them. */
async function chooseToSave(
  asked: Asked,
  dirs: OpenDirs,
  io: Io,
): Promise<{
  readonly keys: readonly { readonly name?: string; readonly key: string }[];
  readonly findAll: () => Promise<readonly ToSave[]>;
}> {
  if ("key" in asked) {
    const key = await dirs.renderKey(asked.key, io.cwd);
    return {
      keys: [{ key: key.key }],
      async findAll() {
        const paths = await existingOf({ ...asked, usual: true });
        refuseNested(paths);
        return [{ key, paths }];
      },
    };
  }
  const declared = dirs.session.config.dirs;
  const chosen = chooseDirs(asked, declared, dirs.machine.os);
  if (chosen.kind === "declared") {
    const caches = await fillIn(chosen.dirs, dirs);
    return {
      keys: caches.map(({ name, key }) => ({ name, key: key.key })),
      async findAll() {
        const existing = await withExisting(caches);
        for (const { paths } of existing) refuseNested(paths);
        return existing;
      },
    };
  }
  if (chosen.paths.length === 0) {
    throw new UsageError(`no paths are named to save under the key ${chosen.key}`, {
      hint: suggestName(chosen.key, declared) ?? "name them behind the key",
    });
  }
  const key = await dirs.renderKey(chosen.key, io.cwd);
  return {
    keys: [{ key: key.key }],
    findAll: async () => [{ key, paths: await findPaths(chosen.paths, io.cwd, "save") }],
  };
}
