import { existsSync, readFileSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Digest } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import { systemCodeOf } from "../reply.ts";
import type { Folders } from "./folders.ts";
import { Gate } from "./gate.ts";
import {
  digestFileName,
  digestOfFileName,
  digestPath,
  type Layout,
  tagFileName,
  tagOfFileName,
} from "./layout.ts";
import { ManifestCache } from "./manifest-cache.ts";

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface NewManifest extends StoredManifest {
  readonly content: Manifest;
  readonly tag?: string | undefined;
}

/** The manifests, tags and referrers of all repositories. Only this process writes there. */
export class ManifestStore {
  readonly #layout: Layout;
  readonly #folders: Folders;
  readonly #used: { touch(path: string): void };
  readonly #cache = new ManifestCache();
  readonly #gates = new Map<string, Gate>();

  constructor(layout: Layout, folders: Folders, used: { touch(path: string): void }) {
    this.#layout = layout;
    this.#folders = folders;
    this.#used = used;
  }

  /** The manifest where the repository has it. */
  find(name: string, digest: Digest): StoredManifest | undefined {
    const path = this.#manifestPath(name, digest);
    this.#used.touch(path);
    const known = this.#cache.get(path);
    if (known !== undefined) return known;
    // Synchronous for the same reason as blobs: small, and nothing can happen in between.
    const bytes = readIfThere(path);
    if (bytes === undefined) return undefined;
    const manifest = { digest, mediaType: parseManifest(bytes).mediaType, bytes };
    this.#cache.set(path, manifest);
    return manifest;
  }

  /** Whether the repository has it, without reading it. */
  has(name: string, digest: Digest): boolean {
    const path = this.#manifestPath(name, digest);
    return this.#cache.get(path) !== undefined || existsSync(path);
  }

  /** What a tag names now. */
  resolve(name: string, tag: string): Digest | undefined {
    const text = readIfThere(`${this.#tagFolder(name)}/${tagFileName(tag)}`)?.toString("utf8");
    return text === undefined ? undefined : digestOfFileName(text);
  }

  /**
   * Stores a manifest, and then moves the tag to it, each durably. `check` runs first, while
   * nothing can be removed from the repository, and throws where something is missing.
   */
  async put(name: string, manifest: NewManifest, check: () => void): Promise<void> {
    await this.#gate(name).shared(async () => {
      check();
      this.#used.touch(this.#manifestPath(name, manifest.digest));
      const { digest, content, tag } = manifest;
      const subject = content.content.subject?.digest;
      const stagedTag = tag === undefined ? undefined : this.#folders.stage(digestFileName(digest));
      stagedTag?.catch(() => undefined);
      const stored = await Promise.allSettled([
        this.#folders.write(this.#manifestPath(name, digest), manifest.bytes),
        subject === undefined ? undefined : this.#addReferrer(name, subject, digest),
        stagedTag,
      ]);
      const failed = stored.find((result) => result.status === "rejected");
      const staged = await stagedTag?.catch(() => undefined);
      if (failed !== undefined) {
        if (staged !== undefined) await unlink(staged);
        throw failed.reason;
      }
      // Last: a tag that was moved and a manifest that was not is what a crash must not leave.
      if (staged === undefined || tag === undefined) return;
      await this.#folders.place(staged, `${this.#tagFolder(name)}/${tagFileName(tag)}`);
    });
  }

  /** Removes a manifest and all tags that name it. False where it was not there. */
  async remove(name: string, digest: Digest): Promise<boolean> {
    return this.alone(name, () => this.removeAlone(name, digest));
  }

  /** The same, for whoever is alone already. */
  async removeAlone(name: string, digest: Digest): Promise<boolean> {
    const path = this.#manifestPath(name, digest);
    const bytes = readIfThere(path);
    if (bytes === undefined) return false;
    for (const tag of await this.tags(name)) {
      if (this.resolve(name, tag) === digest) await this.#removeTag(name, tag);
    }
    const subject = parseManifest(bytes).content.subject?.digest;
    if (subject !== undefined) await this.#removeFile(this.#referrerPath(name, subject, digest));
    await this.#removeFile(path);
    this.#cache.delete(path);
    return true;
  }

  /** Removes a tag and leaves the manifest. False where it was not there. */
  async removeTag(name: string, tag: string): Promise<boolean> {
    return this.alone(name, () => this.#removeTag(name, tag));
  }

  /** Runs while no manifest of the repository is being put or removed. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#gate(name).alone(work);
  }

  /** Sorted by code unit. */
  async tags(name: string): Promise<readonly string[]> {
    const files = await listFolder(this.#tagFolder(name));
    return files.map(tagOfFileName).filter(isDefined).sort();
  }

  /** The manifests that name this one as their subject, sorted by digest. */
  async referrers(name: string, subject: Digest): Promise<readonly StoredManifest[]> {
    const files = await listFolder(this.#referrerFolder(name, subject));
    return files
      .sort()
      .map(digestOfFileName)
      .filter(isDefined)
      .map((digest) => this.find(name, digest))
      .filter(isDefined);
  }

  async #addReferrer(name: string, subject: Digest, digest: Digest): Promise<void> {
    await this.#folders.write(this.#referrerPath(name, subject, digest), "");
  }

  #removeTag(name: string, tag: string): Promise<boolean> {
    return this.#removeFile(`${this.#tagFolder(name)}/${tagFileName(tag)}`);
  }

  async #removeFile(path: string): Promise<boolean> {
    try {
      await unlink(path);
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return false;
      throw error;
    }
    await this.#folders.sync(dirname(path));
    return true;
  }

  #gate(name: string): Gate {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = new Gate();
      this.#gates.set(name, gate);
    }
    return gate;
  }

  #manifestPath(name: string, digest: Digest): string {
    return digestPath(`${this.#layout.repository(name)}/_manifests`, digest);
  }

  #tagFolder(name: string): string {
    return `${this.#layout.repository(name)}/_tags`;
  }

  #referrerFolder(name: string, subject: Digest): string {
    return digestPath(`${this.#layout.repository(name)}/_referrers`, subject);
  }

  #referrerPath(name: string, subject: Digest, digest: Digest): string {
    return `${this.#referrerFolder(name, subject)}/${digestFileName(digest)}`;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
