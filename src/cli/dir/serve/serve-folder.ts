import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { removeTree } from "../../../dir/restore/remove-tree.ts";
import { systemCodeOf } from "../../../errors.ts";
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
  for (const name of readdirSync(all)) if (isAbandoned(name)) removeTree(join(all, name));
  const folder = join(all, `${process.pid}-${randomUUID()}@${hostname()}`);
  const [objects, packs] = [join(folder, "objects"), join(folder, "packs")];
  for (const one of [folder, objects, packs]) mkdirSync(one, { mode: 0o700 });
  return {
    objects,
    packs,
    [Symbol.dispose]: () => removeTree(folder),
  };
}

/** Whether its process has ended. Of a process on another machine, that is not known. */
function isAbandoned(name: string): boolean {
  const [, pid, host] = /^(\d+)-[\da-f-]{36}@(.*)$/.exec(name) ?? [];
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return systemCodeOf(error) === "ESRCH";
  }
}
