import { linkSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ContentCache } from "./content-cache.ts";
import type { Folders } from "../root/folders.ts";
import type { IncomingFile } from "./incoming.ts";
import type { Content } from "./index/index-entries.ts";
import type { Index } from "./index/stored-index.ts";
import type { Entry } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import { digestPath, type Layout } from "../root/layout.ts";
import type { Removing } from "./removing.ts";
import { damageOf } from "./soundness/file-damage.ts";

export interface StoredBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

interface Parts {
  readonly layout: Layout;
  readonly folders: Folders;
  readonly index: Index;
  readonly journal: Journal;
  readonly cache: ContentCache;
  readonly removing: Removing;
  readonly now: () => number;
  /** The clock for leases. */
  readonly steady: () => number;
  readonly onWarning: (message: string) => void;
}

/**
 * The blobs of all repositories, each stored once: small ones in the journal, others in files. A
 * journal record says which repository has which blob.
 */
export class BlobStore {
  readonly #parts: Parts;
  /** Damaged blobs that were already reported, until they are repaired. */
  readonly #warned = new Set<Digest>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The blob if the repository has it, and its file exists with the right length. Counts as a use.
   */
  find(name: string, digest: Digest): StoredBlob | undefined {
    const { index, steady } = this.#parts;
    const entry = index.blob(name, digest);
    if (entry === undefined || !this.#isWhole(entry.content)) return undefined;
    entry.usedAt = steady();
    return entry.content;
  }

  /** The bytes of a blob that was just found, or the path of its file. */
  read({ digest }: StoredBlob): Uint8Array | string {
    const { cache, index, layout } = this.#parts;
    const content = index.contents.get(digest);
    if (content === undefined || content.offset < 0) return digestPath(layout.blobs, digest);
    return cache.read(content);
  }

  /**
   * Adds a sealed upload to the repository, durably. An existing blob file is replaced even if it
   * looks the same: its bytes may be damaged, and the pushed ones are right.
   */
  async adopt(name: string, digest: Digest, file: IncomingFile): Promise<void> {
    const { index, journal, now } = this.#parts;
    while (journal.held !== undefined) await journal.held;
    const known = index.contents.get(digest);
    const isInJournal = known !== undefined && known.offset >= 0;
    if (file.content === undefined && !isInJournal) {
      await this.#place(name, digest, file);
      return;
    }
    if (this.find(name, digest) === undefined) {
      const { content } = file;
      if (content === undefined || (known !== undefined && this.#isWhole(known))) {
        await this.#link(name, digest);
      } else {
        await journal.append([
          { change: { kind: "content", digest, size: content.length }, bytes: content },
          linkOf(name, digest, now()),
        ]);
      }
    }
    await file.discard();
  }

  /** Gives a repository a blob of another one. False if that one does not have it. */
  async mount(name: string, digest: Digest, from: string): Promise<boolean> {
    const { journal } = this.#parts;
    while (journal.held !== undefined) await journal.held;
    if (this.find(from, digest) === undefined) return false;
    if (this.find(name, digest) === undefined) await this.#link(name, digest);
    return true;
  }

  /** Removes a blob from a repository; others keep it. False if it was not there. */
  async remove(name: string, digest: Digest): Promise<boolean> {
    return this.#parts.removing.run(() => {
      if (this.#parts.index.blob(name, digest) === undefined) return { value: false, removals: [] };
      return { value: true, removals: [{ repository: name, manifests: [], blobs: [digest] }] };
    });
  }

  /** Deletes the file of a content that nobody has any more. */
  discard({ digest, offset }: Pick<Content, "digest" | "offset">): void {
    const { cache, folders, index, layout } = this.#parts;
    cache.delete(digest);
    if (offset >= 0 || index.contents.isPinned(digest)) return;
    const path = digestPath(layout.blobs, digest);
    const away = folders.temporaryPath();
    try {
      // Renamed synchronously, since the same blob may arrive again; freeing its space takes
      // longer.
      renameSync(path, away);
    } catch (error) {
      // In any other case the next start cleans up.
      if (systemCodeOf(error) !== undefined) return;
      throw error;
    }
    rm(away, { force: true }).catch(() => undefined);
  }

  async #link(name: string, digest: Digest): Promise<void> {
    await this.#pinned(digest, () =>
      this.#parts.journal.append([linkOf(name, digest, this.#parts.now())]),
    );
  }

  async #place(name: string, digest: Digest, file: IncomingFile): Promise<void> {
    const { folders, index, journal, layout, now, steady } = this.#parts;
    const path = digestPath(layout.blobs, digest);
    const folder = dirname(path);
    // Until the journal names it, or it is discarded, a second link among the uploads marks it as
    // ours.
    const claim = folders.temporaryPath();
    try {
      await this.#pinned(digest, async () => {
        await folders.ensure(folder);
        claimFile(file.path, claim);
        file.moveTo(path);
        this.#warned.delete(digest);
        await folders.sync(folder);
        while (journal.held !== undefined) await journal.held;
        const entries: Entry[] = [];
        if (!index.contents.has(digest)) {
          entries.push({ change: { kind: "file", digest, size: file.size } });
        }
        const has = index.blob(name, digest);
        if (has === undefined) entries.push(linkOf(name, digest, now()));
        else has.usedAt = steady();
        if (entries.length > 0) await journal.append(entries);
      });
    } finally {
      await rm(claim, { force: true });
    }
  }

  /** In the journal, or in a regular file of the right length. */
  #isWhole({ digest, size, offset }: Content): boolean {
    const { layout, onWarning } = this.#parts;
    if (offset >= 0) return true;
    const why = damageOf(digestPath(layout.blobs, digest), size);
    if (why === undefined) return true;
    if (!this.#warned.has(digest)) {
      this.#warned.add(digest);
      onWarning(
        `the stored file of ${digest} is damaged: ${why}. Push the blob again to repair it`,
      );
    }
    return false;
  }

  async #pinned(digest: Digest, work: () => Promise<void>): Promise<void> {
    const { index } = this.#parts;
    index.contents.pin(digest);
    try {
      await work();
    } finally {
      if (!index.contents.unpin(digest)) this.discard({ digest, offset: -1 });
    }
  }
}

function claimFile(path: string, claim: string): void {
  try {
    linkSync(path, claim);
  } catch (error) {
    // Some file systems have no links: then leftovers of a crash are set aside.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCodeOf(error) ?? ""))
      throw error;
  }
}

function linkOf(repository: string, digest: Digest, at: number): Entry {
  return { change: { kind: "blob", repository, digest, at } };
}
