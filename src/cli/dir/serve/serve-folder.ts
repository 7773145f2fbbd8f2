import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { stateOf, thisProcess } from "../../../dir/process-name.ts";
import { removeTree } from "../../../dir/restore/remove-tree.ts";
import { cacheFolder, makeCacheFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";

/** Where one server keeps what it serves. It is deleted at the end. */
export interface ServeFolder extends Disposable {
  /** For objects that are written. */
  readonly objects: string;
  /** For packs that are fetched. */
  readonly packs: string;
}

/** Makes a folder that only this user can read, and deletes those of servers that were killed. */
export async function makeServeFolder({ env }: Pick<Io, "env">): Promise<ServeFolder> {
  await makeCacheFolder(env);
  const all = join(cacheFolder(env), "serve");
  mkdirSync(all, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(all)) {
    if (stateOf(name.split("-", 1)[0] ?? "") === "dead") removeTree(join(all, name));
  }
  const folder = join(all, `${thisProcess()}-${randomUUID()}`);
  const [objects, packs] = [join(folder, "objects"), join(folder, "packs")];
  for (const one of [folder, objects, packs]) mkdirSync(one, { mode: 0o700 });
  return {
    objects,
    packs,
    [Symbol.dispose]: () => removeTree(folder),
  };
}
