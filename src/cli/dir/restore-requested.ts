import type { Restored, RestoreOptions } from "../../dir/restore/restore.ts";
import type { SavedPath } from "../../dir/save/save.ts";
import { findCache } from "../../dir/stored/find-cache.ts";
import { UsageError } from "../../errors.ts";
import { renderRestored } from "../../report/dir/dir-report.ts";
import type { Io } from "../io.ts";
import { type Asked, chooseDirs } from "./declared/choose-dirs.ts";
import { fillIn } from "./declared/declared-cache.ts";
import type { OpenDirs } from "./open-dirs.ts";
import { restoreNow } from "./restore-now.ts";
import type { Done } from "./show-done.ts";

export interface RestoreRequest {
  readonly asked: Asked;
  /** Templates of prefixes, of a key among words. */
  readonly prefixes: readonly string[];
  readonly owners: boolean;
}

/** A cache that was asked for; a key has no name. */
interface Wanted extends Pick<RestoreOptions, "key" | "prefixes" | "paths" | "names"> {
  readonly name?: string;
}

/** What was restored of a cache that was asked for; null: there is none. */
export type DoneRestore = Done<{
  readonly restored: (Restored & { readonly seconds: number }) | null;
}>;

/** Restores what was asked for, one cache after the other. */
export async function restoreRequested(
  request: RestoreRequest,
  dirs: OpenDirs,
  io: Io,
): Promise<readonly DoneRestore[]> {
  const done: DoneRestore[] = [];
  for (const { name, ...wanted } of await wantedOf(request, dirs, io)) {
    const began = io.elapsed();
    const restored = await restoreNow(dirs, { ...wanted, owners: request.owners }, io);
    const seconds = io.elapsed() - began;
    const { key } = wanted;
    const result = { key, restored: restored === undefined ? null : { ...restored, seconds } };
    const text = renderRestored(key, restored, seconds);
    done.push({ result: name === undefined ? result : { name, ...result }, text });
  }
  return done;
}

/** The key of each cache that was asked for, and the key of what a restore would take. */
export async function lookUpRequested(
  request: RestoreRequest,
  dirs: OpenDirs,
  io: Io,
): Promise<readonly { readonly key: string; readonly found: string | undefined }[]> {
  const wanted = await wantedOf(request, dirs, io);
  return await Promise.all(
    wanted.map(async ({ key, prefixes }) => {
      const found = await findCache(dirs.storage, key, prefixes);
      return { key, found: found?.key };
    }),
  );
}

async function wantedOf(
  { asked, prefixes }: RestoreRequest,
  dirs: OpenDirs,
  io: Io,
): Promise<readonly Wanted[]> {
  const render = async (template: string): Promise<string> =>
    (await dirs.renderKey(template, io.cwd)).key;
  if ("key" in asked) {
    const { key, or, paths } = asked;
    return [
      {
        ...{ key: await render(key), prefixes: await Promise.all(or.map(render)) },
        ...placesOf(paths),
      },
    ];
  }
  const chosen = chooseDirs(asked, dirs.session.config.dirs, dirs.machine.os);
  if (chosen.kind === "key") {
    const key = await render(chosen.key);
    return [{ key, prefixes: await Promise.all(prefixes.map(render)), paths: chosen.paths }];
  }
  if (prefixes.length > 0) {
    throw new UsageError("--or belongs to a key, and none is named", {
      hint: "set or: of the directory cache in the config",
    });
  }
  const caches = await fillIn(chosen.dirs, dirs);
  return caches.map(({ name, key, prefixes: own, paths }) => ({
    ...{ name, key: key.key, prefixes: own },
    ...placesOf(paths),
  }));
}

function placesOf(paths: readonly SavedPath[]): Pick<Wanted, "paths" | "names"> {
  return { paths: paths.map(({ file }) => file), names: paths.map(({ name }) => name) };
}
