import { ByteWriter } from "./bytes.ts";
import type { Entry, Tree } from "./tree.ts";

/** What every encoded tree begins with. */
export const treeMagic = "layerkeep-dir-1\n";
export const kinds = ["folder", "file", "symlink", "hardlink"] as const;
/** Added to the kind's number. */
export const sparseFlag = 0x10;

/** One tree always gives the same bytes. */
export function encodeTree({ roots, packs, entries }: Tree): Buffer {
  const writer = new ByteWriter();
  writer.raw(Buffer.from(treeMagic));
  writer.number(roots.length);
  for (const root of roots) writer.text(Buffer.from(root).toString("latin1"));
  writer.number(packs.length);
  for (const pack of packs) {
    writer.number(pack.length);
    for (const { digest, length } of pack) {
      writer.raw(Buffer.from(digest, "hex"));
      writer.number(length);
    }
  }
  writer.number(entries.length);
  let previous = "";
  let next = 0;
  for (const entry of entries) {
    const shared = sharedLength(previous, entry.path);
    writer.number(shared);
    writer.text(entry.path.slice(shared));
    previous = entry.path;
    writeEntry(writer, entry);
    if (entry.kind !== "file") continue;
    writer.number(entry.chunks.length);
    for (const chunk of entry.chunks) {
      // Mostly the one after the last.
      writer.signed(chunk - next);
      next = chunk + 1;
    }
  }
  return writer.finish();
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  const isSparse = entry.kind === "file" && entry.isSparse;
  writer.number(kinds.indexOf(entry.kind) + (isSparse ? sparseFlag : 0));
  writer.number(entry.mode);
  writer.signed(entry.mtime);
  writer.number(entry.uid);
  writer.number(entry.gid);
  if (entry.kind === "file") writer.number(entry.size);
  if (entry.kind === "symlink") writer.text(entry.target);
  if (entry.kind === "hardlink") writer.text(entry.to);
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
