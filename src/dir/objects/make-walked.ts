import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { KnownFile } from "../known/known-files.ts";
import type { ByteName } from "../tree/tree.ts";
import { byteName, bytesOf, type FileFacts, type Found, type Walked } from "../tree/walk.ts";
import type { KeptObject } from "./choose-objects.ts";
import { foldersOf, objectsRoot, type ObjectEntry } from "./object-entries.ts";

/**
 * Objects as if they had been found below a folder. What is stored is known, so that it need not be
 * there; if it has to be read, it is to be brought to where it is said to be.
 */
export function makeWalked(
  objects: readonly KeptObject[],
  folder: string,
): { readonly walked: Walked; readonly known: ReadonlyMap<ByteName, KnownFile> } {
  const known = new Map<ByteName, KnownFile>();
  const folders = new Set(objects.flatMap(({ path }) => foldersOf(path)));
  const found: Found[] = [foundFolder("0", folder)];
  for (const path of folders) found.push(foundFolder(`${objectsRoot}${path}`, folder));
  for (const { path: name, content, mtime } of objects) {
    const path = `${objectsRoot}${name}`;
    if ("file" in content) {
      const stat = lstatSync(content.file, { throwIfNoEntry: false });
      if (stat !== undefined) found.push(foundFile(path, byteName(content.file), stat));
      continue;
    }
    const { stored } = content;
    const stat = factsOf(stored, mtime);
    // The name has nothing of the path, which may be too long or not allowed here.
    const file = join(folder, createHash("sha256").update(bytesOf(path)).digest("hex"));
    found.push(foundFile(path, byteName(file), stat));
    known.set(path, { stat, chunks: stored.chunks });
  }
  found.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { walked: { found, leftOut: { unreadable: [], special: [] } }, known };
}

/** The time of a folder says nothing, and would make two equal caches differ. */
function foundFolder(path: ByteName, folder: string): Found {
  const { uid, gid, size, ino } = lstatSync(folder);
  const stat = { uid, gid, size, ino, mode: 0o700, mtimeMs: 0, ctimeMs: 0, blocks: 0 };
  return { kind: "folder", path, file: byteName(folder), stat, identity: undefined };
}

function foundFile(path: ByteName, file: ByteName, stat: FileFacts): Found {
  return { kind: "file", path, file, stat, identity: undefined };
}

function factsOf({ entry }: ObjectEntry, mtime: number): FileFacts {
  const { size, mode, uid, gid } = entry;
  const blocks = Math.ceil(size / 512);
  return { size, mode, uid, gid, blocks, mtimeMs: mtime / 1000, ctimeMs: 0, ino: 0 };
}
