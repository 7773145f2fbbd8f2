import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FormatError, messageOf } from "../../errors.ts";
import type { Scope } from "./token.ts";

/** An entry of the service: immutable content under a key, in a ref's scope. */
export interface Entry {
  readonly id: string;
  readonly ref: string;
  readonly key: string;
  readonly version: string;
  /** Increases with each finished entry. */
  readonly number: number;
  /** In bytes. */
  readonly size: number;
}

type NewEntry = Pick<Entry, "ref" | "key" | "version">;

/**
 * Entries in a folder: `ID.json` describes the content in `ID`. An unfinished entry has no such
 * file.
 */
export class Entries {
  readonly #folder: string;
  readonly #entries: Entry[];
  readonly #sending = new Map<string, NewEntry & { readonly blocks: Map<string, string> }>();
  #last: number;

  private constructor(folder: string, entries: Entry[]) {
    this.#folder = folder;
    this.#entries = entries;
    this.#last = Math.max(0, ...entries.map(({ number }) => number));
  }

  /** Opens a folder, creating it if needed, and deletes unfinished entries. */
  static async open(folder: string): Promise<Entries> {
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
    return new Entries(folder, entries);
  }

  /** Reserves a new entry; undefined if one with the key exists or is being uploaded. */
  reserve(wanted: NewEntry): string | undefined {
    const same = ({ ref, key, version }: NewEntry): boolean =>
      ref === wanted.ref && key === wanted.key && version === wanted.version;
    if (this.#entries.some(same) || [...this.#sending.values()].some(same)) return undefined;
    const id = randomUUID();
    this.#sending.set(id, { ...wanted, blocks: new Map() });
    return id;
  }

  /**
   * The newest entry called `key`, or else the newest that begins with one of `prefixes`, in the
   * first scope that has either.
   */
  find(
    scopes: readonly Scope[],
    version: string,
    key: string,
    prefixes: readonly string[],
  ): Entry | undefined {
    for (const { ref } of scopes) {
      const there = this.#entries.filter((it) => it.ref === ref && it.version === version);
      for (const matches of [
        (it: Entry) => it.key === key,
        ...prefixes.map((prefix) => (it: Entry) => it.key.startsWith(prefix)),
      ]) {
        const found = there.filter(matches).sort((a, b) => b.number - a.number)[0];
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Receives the whole content, or a block of it. False if no such entry is being uploaded. */
  async receive(
    id: string,
    block: string | undefined,
    body: NodeJS.ReadableStream,
  ): Promise<boolean> {
    const sending = this.#sending.get(id);
    if (sending === undefined) return false;
    const name = block === undefined ? id : `${id}.${randomUUID()}`;
    await pipeline(body, createWriteStream(join(this.#folder, name)));
    if (block !== undefined) sending.blocks.set(block, name);
    return true;
  }

  /** Joins blocks into the content. False if one is missing. */
  async join(id: string, blocks: readonly string[]): Promise<boolean> {
    const sending = this.#sending.get(id);
    const names = blocks.flatMap((block) => sending?.blocks.get(block) ?? []);
    if (sending === undefined || names.length !== blocks.length) return false;
    await writeFile(this.fileOf(id), "");
    for (const name of names) {
      const part = createReadStream(join(this.#folder, name));
      await pipeline(part, createWriteStream(this.fileOf(id), { flags: "a" }));
    }
    for (const name of sending.blocks.values()) await rm(join(this.#folder, name));
    sending.blocks.clear();
    return true;
  }

  /** Finishes an uploaded entry. Undefined if its size differs, or nothing was uploaded. */
  async finish(wanted: NewEntry, size: number): Promise<Entry | undefined> {
    const { ref, key, version } = wanted;
    const [id] =
      [...this.#sending].find(
        ([, it]) => it.ref === ref && it.key === key && it.version === version,
      ) ?? [];
    if (id === undefined || (await this.sizeOf(id)) !== size) return undefined;
    if (!this.#sending.delete(id)) return undefined;
    const entry: Entry = { id, ref, key, version, number: ++this.#last, size };
    const file = join(this.#folder, `${id}.json`);
    await writeFile(`${file}.part`, JSON.stringify(entry));
    await rename(`${file}.part`, file);
    this.#entries.push(entry);
    return entry;
  }

  fileOf(id: string): string {
    return join(this.#folder, id);
  }

  /** The size of the content so far, in bytes; undefined if there is none. */
  async sizeOf(id: string): Promise<number | undefined> {
    const found = await stat(this.fileOf(id)).catch(() => undefined);
    return found?.size;
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
