import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import type { Digest } from "../../oci/digest.ts";
import type { PlanCollection } from "../collection/view.ts";
import { BlobStore } from "./blobs.ts";
import { collect } from "./collect.ts";
import type { Collected } from "./collected.ts";
import { Compaction, type CompactionOptions } from "./compaction.ts";
import { ContentCache } from "./content-cache.ts";
import { Folders } from "./folders.ts";
import { Index } from "./index.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type NewManifest, ManifestStore } from "./manifests.ts";
import { reconcile } from "./reconcile.ts";
import { Removing } from "./removing.ts";
import { inspectRoot, makeRoot, writeMarker } from "./root.ts";
import { scrub, type ScrubOptions, type ScrubResult } from "./scrub.ts";
import { type Upload, Uploads } from "./uploads.ts";

/**
 * What a registry keeps on disk. What was acknowledged is durable: after a crash at any moment
 * it is there and whole, and what was not acknowledged is whole or not there.
 */
export interface Store {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly uploads: Uploads;
  /** Names of the repositories that were ever written to, sorted by code unit. */
  repositories(): readonly string[];
  hasRepository(name: string): boolean;
  /** How much it keeps. Looks at each content once: some milliseconds for a hundred thousand. */
  usage(): StoreUsage;
  /** Takes a sealed upload into its repository and ends it. */
  commit(upload: Upload, digest: Digest): Promise<void>;
  putManifest(name: string, manifest: NewManifest, check: () => void): Promise<void>;
  mount(name: string, digest: Digest, from: string): Promise<boolean>;
  /** Takes away what the plan says, in one step with what puts check. */
  collect(plan: PlanCollection): Promise<readonly Collected[]>;
  /** Gives back the space of what is gone; done where it is not worth more work. */
  compact(): Promise<void>;
  /** Reads all that is stored, and no longer serves what is damaged. */
  scrub(options: ScrubOptions): Promise<ScrubResult>;
  /** Waits for what is being written, and takes nothing more. */
  close(): Promise<void>;
}

export interface StoreUsage {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** Blobs and manifests, each once, however many repositories have it. */
  readonly contents: number;
  /** Of the contents; what the disk holds besides is not in it. */
  readonly bytes: number;
}

export interface StoreOptions extends JournalOptions, CompactionOptions {
  /**
   * Milliseconds by a clock that is never set: what leases are counted by. By default `now`.
   */
  readonly steady?: (() => number) | undefined;
  /** Gets told what was damaged, missing or set aside. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Opens the store below a folder, which is made if it does not exist, and cleans up what uploads
 * left behind. Only one process may have it open: see `lockRoot`. With `readOnly` nothing on the
 * disk is changed. Throws a usage error if the journal is damaged, or the folder belongs to
 * something else or to another version. `now` gives milliseconds since 1970.
 */
export async function openStore(
  root: string,
  now: () => number = Date.now,
  options: StoreOptions = {},
): Promise<Store> {
  const layout = layoutOf(root);
  const { readOnly = false, steady = now, onWarning = (): void => undefined } = options;
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
  const journal = new Journal(layout.journal, folders, index.apply.bind(index), options);
  const strays = await journal.open();
  if (!readOnly) await journal.begin();
  await reconcile(index, journal, { layout, folders, readOnly, strays, onWarning });
  const cache = new ContentCache(journal);
  const removing = new Removing(journal, index);
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
  const uploads = new Uploads(layout.uploads, steady);
  const compaction = new Compaction(journal, index, options);
  // It goes on beside the requests; what fails of it is tried again the next time.
  const compactSoon = (): void => {
    if (!readOnly) compaction.run().catch(() => undefined);
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
      await blobs.adopt(upload.name, digest, upload.file);
      uploads.forget(upload);
    },
    putManifest: (name, manifest, check) => manifests.put(name, manifest, check),
    mount: (name, digest, from) => blobs.mount(name, digest, from),
    collect: async (plan) => {
      const collected = await collect(index, removing, plan);
      if (collected.length > 0) compactSoon();
      return collected;
    },
    scrub: (how) =>
      scrub({ layout, index, journal, forget: (it) => cache.delete(it), onWarning }, how),
    compact: () => (readOnly ? Promise.resolve() : compaction.run()),
    close: async () => {
      await compaction.stop();
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

/** The version that wrote no marker left this to the umask. */
async function closeToOthers({ journal, blobs, uploads }: Layout): Promise<void> {
  for (const folder of [journal, blobs, uploads]) await chmod(folder, 0o700);
}
