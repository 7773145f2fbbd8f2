import { constants } from "node:fs";
import { access, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../oci/digest.ts";
import { BlobStore } from "./blobs.ts";
import { Folders } from "./folders.ts";
import { layoutOf } from "./layout.ts";
import { type NewManifest, ManifestStore } from "./manifests.ts";
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
  /** Takes a sealed upload into its repository and ends it. */
  commit(upload: Upload, digest: Digest): Promise<void>;
  putManifest(name: string, manifest: NewManifest, check: () => void): Promise<void>;
  mount(name: string, digest: Digest, from: string): Promise<boolean>;
}

/**
 * Opens the store below a folder, which is made where it is not there, and cleans up what uploads
 * left behind. Only one process may have it open: see `lockRoot`. `now` gives milliseconds.
 */
export async function openStore(root: string, now: () => number = Date.now): Promise<Store> {
  const layout = layoutOf(root);
  await mkdir(root, { recursive: true });
  await access(root, constants.W_OK);
  await rm(layout.uploads, { recursive: true, force: true });
  const folders = new Folders(layout.uploads);
  await folders.ensure(layout.uploads);
  await folders.ensure(layout.blobs);
  await folders.ensure(layout.repositories);
  const names = new Set(await findRepositories(layout.repositories));
  const blobs = new BlobStore(layout, folders);
  const manifests = new ManifestStore(layout, folders);
  const uploads = new Uploads(layout.uploads, now);
  return {
    blobs,
    manifests,
    uploads,
    repositories: () => [...names].sort(),
    hasRepository: (name) => names.has(name),
    commit: async (upload, digest) => {
      await blobs.adopt(upload.name, digest, upload.file.path);
      names.add(upload.name);
      uploads.forget(upload);
    },
    putManifest: async (name, manifest, check) => {
      await manifests.put(name, manifest, check);
      names.add(name);
    },
    mount: async (name, digest, from) => {
      const mounted = await blobs.mount(name, digest, from);
      if (mounted) names.add(name);
      return mounted;
    },
  };
}

/** A folder is a repository where it has one of ours in it; names' parts never start with `_`. */
async function findRepositories(folder: string, prefix = ""): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  if (entries.some((entry) => entry.name.startsWith("_"))) found.push(prefix);
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith("_")) continue;
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    found.push(...(await findRepositories(join(folder, entry.name), name)));
  }
  return found;
}
