import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import type { Digest } from "../../oci/digest.ts";
import type { PlanCollection } from "../collection/view.ts";
import { BlobStore } from "./blobs.ts";
import { collect } from "./collect.ts";
import type { Collected } from "./collect.ts";
import { Compaction, type CompactionOptions } from "./journal/compaction.ts";
import { ContentCache } from "./content-cache.ts";
import { Folders } from "../root/folders.ts";
import { Index } from "./index/stored-index.ts";
import { Journal, type JournalOptions } from "./journal/journal.ts";
import { type Layout, layoutOf } from "../root/layout.ts";
import { type NewManifest, ManifestStore } from "./manifests.ts";
import { reconcile } from "./soundness/reconcile.ts";
import { Removing } from "./removing.ts";
import { isNoSpace } from "../http/refusal.ts";
import type { Reserve } from "../root/reserve.ts";
import { inspectRoot, makeRoot, writeMarker } from "../root/inspect-root.ts";
import { scrub, type ScrubOptions, type ScrubResult } from "./soundness/scrub.ts";
import { type Upload, Uploads } from "./uploads.ts";

/**
 * What a registry stores on disk. Acknowledged content is durable: after a crash at any point it is
 * complete, and anything not acknowledged is either complete or absent.
 */
export interface Store {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly uploads: Uploads;
  /** Names of all repositories that were ever written to, sorted by code unit. */
  repositories(): readonly string[];
  hasRepository(name: string): boolean;
  /** How much is stored. Visits each content once: a few milliseconds for a hundred thousand. */
  usage(): StoreUsage;
  /** Adds a sealed upload to its repository and ends it. */
  commit(upload: Upload, digest: Digest): Promise<void>;
  putManifest(name: string, manifest: NewManifest, check: () => void): Promise<void>;
  mount(name: string, digest: Digest, from: string): Promise<boolean>;
  /** Deletes what the plan names, in one step with respect to the checks of pushes. */
  collect(plan: PlanCollection): Promise<readonly Collected[]>;
  /** Frees the space of deleted content, as far as it is worth the work. */
  compact(): Promise<void>;
  /** Reads all stored content, and stops serving what is damaged. */
  scrub(options: ScrubOptions): Promise<ScrubResult>;
  /** Ends forgotten uploads and frees what space it can; to be called periodically. */
  tend(): Promise<void>;
  /** Undefined for a store without a reserve. */
  disk(): DiskUsage | undefined;
  /** Waits for running writes, and accepts nothing more. */
  close(): Promise<void>;
}

export interface StoreUsage {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** Blobs and manifests, each counted once, however many repositories have it. */
  readonly contents: number;
  /** The size of the contents; other disk usage is not included. */
  readonly bytes: number;
}

export interface DiskUsage {
  /** Nothing is accepted until something is deleted. */
  readonly isFull: boolean;
  /** How much may still be written, in bytes. */
  readonly freeBytes: number;
}

export interface StoreOptions
  extends Omit<JournalOptions, "onFull">,
    Omit<CompactionOptions, "hasRoomFor"> {
  /** The clock for leases: milliseconds on a clock that nobody sets. `now` by default. */
  readonly steady?: (() => number) | undefined;
  /** Called with what was damaged, missing or set aside. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Allows deletions on a full disk; created at once, and freed if the start needs it. */
  readonly reserve?: Reserve | undefined;
}

/**
 * Opens the store below a folder, creating it if needed, and deletes what unfinished uploads left.
 * Only one process may have it open: see `lockRoot`. With `readOnly`, nothing on the disk is
 * changed. Throws a usage error if the journal is damaged, or if the folder belongs to something
 * else or to another version. `now` returns milliseconds since 1970.
 */
export async function openStore(
  root: string,
  now: () => number = Date.now,
  options: StoreOptions = {},
): Promise<Store> {
  try {
    return await open(root, now, options);
  } catch (error) {
    if (!isNoSpace(error) || options.reserve?.release() !== true) throw error;
    return open(root, now, options);
  }
}

async function open(root: string, now: () => number, options: StoreOptions): Promise<Store> {
  const layout = layoutOf(root);
  const { readOnly = false, steady = now, onWarning = (): void => undefined, reserve } = options;
  const folders = new Folders(layout.uploads);
  const state = await inspectRoot(root);
  if (!readOnly) {
    await makeRoot(root);
    await access(root, constants.W_OK);
    if (state !== "marked") await writeMarker(root, folders);
    await folders.ensure(layout.uploads);
    if (state === "unmarked") await closeToOthers(layout);
    await folders.ensure(layout.blobs);
  }
  const index = new Index(steady);
  const journal = new Journal(layout.journal, folders, index.apply.bind(index), {
    ...options,
    // At most about half of a segment is copied when it is cleaned, which fits into the reserve.
    segmentBytes: options.segmentBytes ?? reserve?.bytes,
    onFull: () => reserve?.release() ?? false,
  });
  try {
    const strays = await journal.open();
    if (!readOnly) await journal.begin();
    await reconcile(index, journal, { layout, folders, readOnly, strays, onWarning });
    await reserve?.restore(folders);
  } catch (error) {
    await journal.close();
    throw error;
  }
  const requireRoom = reserve && ((): Promise<void> => reserve.requireRoom(folders));
  const cache = new ContentCache(journal);
  const removing = new Removing(journal, index, () => {
    if (reserve?.isTight === true) compactAgain();
  });
  const blobs = new BlobStore({
    layout,
    folders,
    index,
    journal,
    cache,
    removing,
    now,
    steady,
    onWarning,
  });
  index.settle((content) => {
    if (!readOnly) blobs.discard(content);
  });
  const manifests = new ManifestStore({ index, journal, cache, removing, now, steady });
  const uploads = new Uploads(layout.uploads, steady, requireRoom);
  const compaction = new Compaction(journal, index, {
    ...options,
    hasRoomFor: reserve && ((bytes) => reserve.hasRoomFor(bytes, folders)),
  });
  const compact = async (): Promise<void> => {
    if (readOnly) return;
    try {
      await compaction.run();
    } finally {
      await reserve?.restore(folders);
    }
  };
  // It runs while requests are served; if it fails, it is tried again the next time.
  const compactSoon = (): void => {
    compact().catch(() => undefined);
  };
  let isWanted = false;
  // A current run may be past what was just removed.
  const compactAgain = (): void => {
    if (isWanted) return;
    isWanted = true;
    void compaction.idle().then(() => {
      isWanted = false;
      compactSoon();
    });
  };
  journal.onNewSegment = compactSoon;
  compactSoon();
  return {
    blobs,
    manifests,
    uploads,
    repositories: () => index.names(),
    hasRepository: (name) => index.repositories.has(name),
    usage: () => usageOf(index),
    commit: async (upload, digest) => {
      await requireRoom?.();
      await blobs.adopt(upload.name, digest, upload.file);
      uploads.forget(upload);
    },
    putManifest: async (name, manifest, check) => {
      await requireRoom?.();
      await manifests.put(name, manifest, check);
    },
    mount: async (name, digest, from) => {
      await requireRoom?.();
      return blobs.mount(name, digest, from);
    },
    collect: async (plan) => {
      const collected = await collect(index, removing, plan);
      if (collected.length > 0) compactSoon();
      return collected;
    },
    scrub: (how) =>
      scrub({ layout, index, journal, forget: (it) => cache.delete(it), onWarning }, how),
    compact,
    tend: async () => {
      await uploads.expire();
      await compact();
    },
    disk: () => reserve && { isFull: reserve.isFull, freeBytes: reserve.freeBytes },
    close: async () => {
      await compaction.stop();
      await reserve?.close();
      await journal.close();
    },
  };
}

function usageOf({ repositories, contents }: Index): StoreUsage {
  let [tags, manifests, bytes] = [0, 0, 0];
  for (const repository of repositories.values()) {
    tags += repository.tags.size;
    manifests += repository.manifests.size;
  }
  for (const { size } of contents.values()) bytes += size;
  return { repositories: repositories.size, tags, manifests, contents: contents.size, bytes };
}

/** The version without markers left the mode to the umask. */
async function closeToOthers({ journal, blobs, uploads }: Layout): Promise<void> {
  for (const folder of [journal, blobs, uploads]) await chmod(folder, 0o700);
}
