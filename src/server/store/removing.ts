import type { Removals } from "../collection/view.ts";
import type { Repository } from "./index/index-entries.ts";
import type { Index } from "./index/stored-index.ts";
import type { Entry } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import type { Change } from "./journal/records.ts";

/** What a removal deletes; tags are listed if they are removed without their manifest. */
export interface Removal extends Removals {
  readonly tags?: readonly string[];
}

/** How many entries are made durable together. */
const batchEntries = 20_000;

/**
 * Removes content from repositories: it is invisible as soon as the removal is decided, and
 * anything pushed afterwards comes after it in the journal.
 */
export class Removing {
  readonly #journal: Journal;
  readonly #index: Index;
  readonly #onRemoved: () => void;

  /** `onRemoved` is called after each durable removal. */
  constructor(journal: Journal, index: Index, onRemoved: () => void = () => undefined) {
    this.#journal = journal;
    this.#index = index;
    this.#onRemoved = onRemoved;
  }

  /**
   * Decides and removes in one step, while no write is pending: what a push has checked was removed
   * before or will be removed after. A manifest is removed with its tags.
   */
  async run<T>(
    decide: () => { readonly value: T; readonly removals: readonly Removal[] },
  ): Promise<T> {
    const result = await this.#journal.quiet(() => {
      const { value, removals } = decide();
      return { value, done: this.#remove(removals) };
    });
    this.#onRemoved();
    return result;
  }

  async #remove(removals: readonly Removal[]): Promise<void> {
    const marked: { leaving: boolean }[] = [];
    const entries: Entry[] = [];
    const mark = (thing: { leaving: boolean }, change: Change): void => {
      thing.leaving = true;
      marked.push(thing);
      entries.push({ change });
    };
    // Manifests before blobs: what is left after a crash refers to nothing that is gone.
    for (const removal of removals) this.#markManifests(removal, mark);
    for (const { repository: name, blobs } of removals) {
      for (const digest of new Set(blobs)) {
        const entry = this.#index.blob(name, digest);
        if (entry !== undefined) mark(entry, { kind: "unblob", repository: name, digest });
      }
    }
    const writes: Promise<void>[] = [];
    for (let at = 0; at < entries.length; at += batchEntries) {
      writes.push(this.#journal.append(entries.slice(at, at + batchEntries), { frees: true }));
    }
    const failed = (await Promise.allSettled(writes)).find(({ status }) => status === "rejected");
    if (failed?.status !== "rejected") return;
    // Those that were removed are in no map any more.
    for (const thing of marked) thing.leaving = false;
    for (const { repository } of removals) this.#forgetOrder(repository);
    throw failed.reason;
  }

  #markManifests(
    removal: Removal,
    mark: (thing: { leaving: boolean }, change: Change) => void,
  ): void {
    const repository = this.#index.repositories.get(removal.repository);
    if (repository === undefined) return;
    const { name } = repository;
    for (const tag of this.#tagsOf(repository, removal)) {
      const entry = repository.tags.get(tag);
      if (entry?.leaving === false) mark(entry, { kind: "untag", repository: name, tag });
    }
    this.#forgetOrder(name);
    for (const digest of new Set(removal.manifests)) {
      const entry = this.#index.manifest(name, digest);
      if (entry !== undefined) mark(entry, { kind: "unmanifest", repository: name, digest });
    }
  }

  #tagsOf(repository: Repository, { manifests, tags = [] }: Removal): readonly string[] {
    const named = new Set(
      manifests.filter((digest) => (repository.manifests.get(digest)?.tags ?? 0) > 0),
    );
    if (named.size === 0) return tags;
    const all = [...repository.tags].filter(([, { digest }]) => named.has(digest));
    return [...tags, ...all.map(([tag]) => tag)];
  }

  #forgetOrder(name: string): void {
    const repository = this.#index.repositories.get(name);
    if (repository !== undefined) repository.sorted = undefined;
  }
}
