import { randomUUID } from "node:crypto";
import type { Entry, EntryName, EntryStore, Piece } from "./entry.ts";
import type { Scope } from "./token.ts";

/** An entry whose content is arriving. */
interface Upload extends EntryName {
  readonly blocks: Map<string, Piece>;
  whole?: Piece;
}

/** Entries of a store, and those that are being uploaded. */
export class Entries {
  readonly #store: EntryStore;
  readonly #uploads = new Map<string, Upload>();
  #last: number;

  constructor(store: EntryStore) {
    this.#store = store;
    this.#last = [...store.list()].reduce((most, { number }) => Math.max(most, number), 0);
  }

  /** Reserves a new entry; undefined if one with the name exists or is being uploaded. */
  reserve(wanted: EntryName): string | undefined {
    const is = isNamed(wanted);
    if (some(this.#store.list(), is) || some(this.#uploads.values(), is)) return undefined;
    const { ref, key, version } = wanted;
    const id = randomUUID();
    this.#uploads.set(id, { ref, key, version, blocks: new Map() });
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
    const all = [...this.#store.list()].filter((it) => it.version === version);
    for (const { ref } of scopes) {
      const there = all.filter((it) => it.ref === ref);
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
    body: AsyncIterable<Uint8Array>,
  ): Promise<boolean> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return false;
    const piece = await this.#store.receive(body);
    const before = block === undefined ? upload.whole : upload.blocks.get(block);
    if (block === undefined) upload.whole = piece;
    else upload.blocks.set(block, piece);
    if (before !== undefined) await this.#store.discard(before);
    return true;
  }

  /** Joins blocks into the content; others are discarded. False if one is missing. */
  async join(id: string, blocks: readonly string[]): Promise<boolean> {
    const upload = this.#uploads.get(id);
    const pieces = blocks.flatMap((block) => upload?.blocks.get(block) ?? []);
    if (upload === undefined || pieces.length !== blocks.length) return false;
    // A list that names a block twice would read what was discarded.
    if (new Set(blocks).size !== blocks.length) return false;
    const rest = [...upload.blocks].filter(([block]) => !blocks.includes(block));
    upload.blocks.clear();
    for (const [, piece] of rest) await this.#store.discard(piece);
    upload.whole = await this.#store.join(pieces);
    return true;
  }

  /** Finishes an uploaded entry. Undefined if its size differs, or nothing was uploaded. */
  async finish(wanted: EntryName, size: number): Promise<Entry | undefined> {
    const [id, upload] = [...this.#uploads].find(([, it]) => isNamed(wanted)(it)) ?? [];
    if (id === undefined || upload?.whole?.size !== size) return undefined;
    this.#uploads.delete(id);
    const { ref, key, version, whole } = upload;
    this.#last = Math.max(this.#last + 1, Date.now());
    const entry: Entry = { id, ref, key, version, number: this.#last, size };
    await this.#store.keep(entry, whole);
    return entry;
  }

  open(id: string): ReturnType<EntryStore["open"]> {
    return this.#store.open(id);
  }
}

function isNamed(wanted: EntryName): (name: EntryName) => boolean {
  return ({ ref, key, version }) =>
    ref === wanted.ref && key === wanted.key && version === wanted.version;
}

function some<Item>(items: Iterable<Item>, matches: (item: Item) => boolean): boolean {
  for (const item of items) if (matches(item)) return true;
  return false;
}
