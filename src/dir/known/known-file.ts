import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, digestOf, hexOf, isDigest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { stateOf, thisProcess } from "../process-name.ts";
import { ByteReader, ByteWriter } from "../tree/bytes.ts";
import type { ByteName, Chunk } from "../tree/tree.ts";
import type { KnownFile, KnownFiles } from "./known-files.ts";

const magic = "layerkeep-dir-known-1\n";
/** By this process. */
let written = 0;

/** The file that keeps what is known of some paths' caches in a repository. */
export function knownFileOf(
  folder: string,
  repository: Repository,
  paths: readonly ByteName[],
): string {
  const name = hexOf(digestOf([formatRepository(repository), ...paths].join("\0"))).slice(0, 32);
  return join(folder, `${name}.files`);
}

/**
 * What is known; undefined if nothing is. It only saves work: a file that is damaged, or of another
 * version, is as good as none.
 */
export async function readKnown(file: string): Promise<KnownFiles | undefined> {
  try {
    return parseKnown(await readFile(file));
  } catch {
    return undefined;
  }
}

/** Remembers what is known. If that fails, the next save reads all files; nothing else is lost. */
export async function remember(file: string, known: KnownFiles): Promise<void> {
  await writeKnown(file, known).catch(() => undefined);
}

/** Writes what is known, as a whole or not at all. */
async function writeKnown(file: string, known: KnownFiles): Promise<void> {
  const temporary = `${file}-${written++}-${thisProcess()}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await deleteHalfWritten(dirname(file));
  try {
    await writeFile(temporary, renderKnown(known), { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Deletes what killed processes were writing. */
async function deleteHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, writer = ""] = /\.files-\d+-(.+)$/.exec(name) ?? [];
    if (stateOf(writer) === "dead") await rm(join(folder, name), { force: true });
  }
}

function renderKnown({ manifest, files }: KnownFiles): Buffer {
  const writer = new ByteWriter();
  writer.raw(Buffer.from(magic));
  writer.text(manifest);
  writer.number(files.size);
  for (const [path, { stat, chunks }] of files) {
    writer.text(path);
    const { size, mtimeMs, ctimeMs, ino } = stat;
    writer.raw(Buffer.from(new Float64Array([size, mtimeMs, ctimeMs, ino]).buffer));
    writer.number(chunks.length);
    for (const { digest, length } of chunks) {
      writer.raw(Buffer.from(digest, "hex"));
      writer.number(length);
    }
  }
  const content = writer.finish();
  return Buffer.concat([content, Buffer.from(hexOf(digestOf(content)), "hex")]);
}

/** Undefined if it is not whole. */
function parseKnown(bytes: Buffer): KnownFiles | undefined {
  const content = bytes.subarray(0, -32);
  if (hexOf(digestOf(content)) !== bytes.subarray(-32).toString("hex")) return undefined;
  const reader = new ByteReader(content);
  if (reader.raw(magic.length).toString("latin1") !== magic) return undefined;
  const manifest = reader.text();
  if (!isDigest(manifest)) return undefined;
  const files = new Map<ByteName, KnownFile>();
  for (let left = reader.count(); left > 0; left--) {
    const path = reader.text();
    files.set(path, readFileEntry(reader));
  }
  return { manifest: manifest satisfies Digest, files };
}

function readFileEntry(reader: ByteReader): KnownFile {
  const numbers = reader.raw(32);
  const at = (index: number): number => numbers.readDoubleLE(index * 8);
  const stat = { size: at(0), mtimeMs: at(1), ctimeMs: at(2), ino: at(3) };
  const chunks = Array.from({ length: reader.count() }, (): Chunk => {
    return { digest: reader.raw(32).toString("hex"), length: reader.number() };
  });
  return { stat, chunks };
}
