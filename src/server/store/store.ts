import { constants } from "node:fs";
import { access, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { parseManifest, referredBy } from "../../oci/manifest.ts";
import type { BlobView, ManifestView, PlanCollection, RepositoryView } from "../collection/view.ts";
import { BlobStore } from "./blobs.ts";
import type { Collected } from "./collected.ts";
import { Folders } from "./folders.ts";
import { digestPath, layoutOf } from "./layout.ts";
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
  /** Takes away what the plan says, in one step with what puts check. */
  collect(plan: PlanCollection): Promise<readonly Collected[]>;
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
  const used = new Uses(now);
  const blobs = new BlobStore(layout, folders, used);
  const manifests = new ManifestStore(layout, folders, used);
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
    collect: (plan) => aloneInAll([...names], manifests, () => collect(plan)),
  };

  async function collect(plan: PlanCollection): Promise<Collected[]> {
    const views: RepositoryView[] = [];
    for (const name of [...names].sort()) views.push(await viewOf(name));
    const collected: Collected[] = [];
    for (const { repository, manifests: gone, blobs: lost } of plan(views)) {
      const view = views.find(({ name }) => name === repository);
      const wanted = new Set([...gone, ...lost]);
      const all = [...(view?.manifests ?? []), ...(view?.blobs ?? [])];
      for (const digest of gone) await manifests.removeAlone(repository, digest);
      for (const digest of lost) await blobs.remove(repository, digest);
      const bytes = all
        .filter(({ digest }) => wanted.has(digest))
        .reduce((sum, { size }) => sum + size, 0);
      collected.push({ repository, manifests: gone, blobs: lost, bytes });
    }
    return collected;
  }

  async function viewOf(name: string): Promise<RepositoryView> {
    const folder = layout.repository(name);
    const tags = await manifests.tags(name);
    const tagged = new Set(tags.map((tag) => manifests.resolve(name, tag)).filter(isDigestThere));
    const seen: ManifestView[] = [];
    for (const digest of await digestsIn(join(folder, "_manifests"))) {
      const usedAt = used.at(digestPath(`${folder}/_manifests`, digest));
      const bytes = await readFile(digestPath(`${folder}/_manifests`, digest));
      const manifest = parseManifest(bytes);
      const referred = referredBy(manifest);
      const parts = [...referred.manifests, ...referred.blobs].map((part) => part.digest);
      const subject = manifest.content.subject?.digest;
      seen.push({ digest, size: bytes.length, parts, subject, usedAt });
    }
    const held: BlobView[] = [];
    for (const digest of await digestsIn(join(folder, "_blobs"))) {
      const path = digestPath(`${folder}/_blobs`, digest);
      held.push({ digest, size: (await stat(path)).size, usedAt: used.at(path) });
    }
    return { name, tagged, manifests: seen, blobs: held };
  }
}

/** When the entries of repositories were last used, by path; at the start by default. */
class Uses {
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #at = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  touch(path: string): void {
    this.#at.set(path, this.#now());
  }

  at(path: string): number {
    return this.#at.get(path) ?? this.#startedAt;
  }
}

function aloneInAll<T>(
  names: readonly string[],
  manifests: ManifestStore,
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = names;
  if (first === undefined) return work();
  return manifests.alone(first, () => aloneInAll(rest, manifests, work));
}

async function digestsIn(folder: string): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const algorithm of ["sha256", "sha512"]) {
    const files = await readdir(join(folder, algorithm)).catch(() => []);
    found.push(...files.map((hex) => `${algorithm}:${hex}`).filter(isDigest));
  }
  return found;
}

function isDigestThere(digest: Digest | undefined): digest is Digest {
  return digest !== undefined;
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
