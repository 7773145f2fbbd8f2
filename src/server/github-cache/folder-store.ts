import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FormatError, messageOf } from "../../errors.ts";
import type { Entry, EntryStore, OpenEntry, Piece } from "./entry.ts";
import { readPieces } from "./pieces.ts";

/** Entries in a folder: `ID.json` describes the content in `ID`. */
export class FolderStore implements EntryStore {
  readonly #folder: string;
  readonly #entries: Entry[];

  private constructor(folder: string, entries: Entry[]) {
    this.#folder = folder;
    this.#entries = entries;
  }

  /** Opens a folder, creating it if needed, and deletes unfinished entries. */
  static async open(folder: string): Promise<FolderStore> {
    await mkdir(folder, { recursive: true });
    const files = new Set(await readdir(folder));
    const entries: Entry[] = [];
    for (const file of files) {
      // Files that are not ours are left alone, whatever folder was given.
      const [, id] = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:\.|$)/.exec(file) ?? [];
      if (id === undefined) continue;
      if (file === `${id}.json`) entries.push(await readEntry(join(folder, file)));
      else if (!files.has(`${id}.json`)) await rm(join(folder, file));
    }
    return new FolderStore(folder, entries);
  }

  list(): Iterable<Entry> {
    return this.#entries;
  }

  async receive(body: AsyncIterable<Uint8Array>): Promise<Piece> {
    const file = join(this.#folder, randomUUID());
    try {
      await pipeline(body, createWriteStream(file));
      return { file, size: (await stat(file)).size };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  join(pieces: readonly Piece[]): Promise<Piece> {
    return this.receive(readPieces(pieces, (piece) => this.discard(piece)));
  }

  discard({ file }: Piece): Promise<void> {
    return rm(file, { force: true });
  }

  async keep(entry: Entry, { file }: Piece): Promise<void> {
    const described = `${this.#fileOf(entry.id)}.json`;
    await rename(file, this.#fileOf(entry.id));
    await writeFile(`${described}.part`, JSON.stringify(entry));
    await rename(`${described}.part`, described);
    this.#entries.push(entry);
  }

  async open(id: string): Promise<OpenEntry | undefined> {
    const file = this.#fileOf(id);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return undefined;
    const read: OpenEntry["read"] = (start, length) =>
      Promise.resolve(createReadStream(file, { start, end: start + length - 1 }));
    return { size: found.size, read };
  }

  #fileOf(id: string): string {
    return join(this.#folder, id);
  }
}

async function readEntry(file: string): Promise<Entry> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Entry;
  } catch (cause) {
    throw new FormatError(`${file} is not a cache entry: ${messageOf(cause)}`, {
      cause,
      hint: "delete it, and the file with the same name without .json",
    });
  }
}
