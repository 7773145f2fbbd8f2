import { RegistryError, UsageError } from "../../errors.ts";
import { emptyContent, emptyDescriptor } from "../../oci/artifact.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { RenderedKey } from "../keys/key-template.ts";
import { tagOfKey } from "../keys/key-tag.ts";
import { isUnchanged, type KnownFile } from "../known/known-files.ts";
import { PackBuilder } from "../packs/pack-builder.ts";
import { treeMediaType } from "../packs/pack-types.ts";
import { renderCacheEntry, renderCacheManifest } from "../stored/documents.ts";
import type { Storage } from "../stored/find-cache.ts";
import { compressTree } from "../stored/read-cache.ts";
import { encodeTree } from "../tree/encode.ts";
import { type ByteName, countTree, readable, type Tree } from "../tree/tree.ts";
import type { Found, LeftOut, Walked } from "../tree/walk.ts";
import type { Crew } from "../threads/crew.ts";
import { changed } from "../threads/read.ts";
import type { Base } from "./base.ts";
import { ChunkLedger } from "./chunk-ledger.ts";
import { makeEntries, type ReadFile } from "./make-entries.ts";
import { readInOrder } from "./read-in-order.ts";
import { PackUploads } from "./upload-packs.ts";

export interface SaveProgress {
  readonly read: number;
  readonly sent: number;
}

/** What a save did. */
export interface Saved {
  readonly key: string;
  readonly manifest: Digest;
  readonly files: number;
  /** Of all files. */
  readonly bytes: number;
  /** What was read of them. */
  readonly read: { readonly files: number; readonly bytes: number };
  /** What was sent to the registry, as it is stored. */
  readonly sent: { readonly bytes: number; readonly packs: number };
  /** All packs, and the list of files, as they are stored. */
  readonly stored: number;
  readonly leftOut: LeftOut;
}

/** What a save needs, whatever is saved. */
export interface TreeSaveOptions {
  readonly storage: Storage;
  readonly crew: Crew;
  readonly key: RenderedKey;
  readonly now: () => Date;
  /** Bytes read so far, and bytes sent. */
  readonly onProgress?: (progress: SaveProgress) => void;
}

/** What is saved. */
export interface SaveInput {
  /** The saved paths, as they were named. */
  readonly roots: readonly string[];
  readonly walked: Walked;
  /** Files that need not be read if they are as they were. */
  readonly known: ReadonlyMap<ByteName, KnownFile>;
  /** Whether new files are packed in the order of their times, instead of by path. */
  readonly byTime?: boolean;
  /** Called before files are read that are known: brings those that are not on the disk. */
  readonly provide?: (files: readonly Found[]) => Promise<void>;
}

/** A tree that is stored, and has no key yet. */
export interface StoredTree {
  readonly manifest: Descriptor;
  readonly files: ReadonlyMap<ByteName, ReadFile>;
  readonly saved: Saved;
}

/**
 * Stores a tree. If a pack was deleted meanwhile (one of the base, or one that a killed save had
 * left), it is stored once more, from the base that `again` gives.
 */
export async function storeTree(
  options: TreeSaveOptions,
  input: SaveInput,
  base: Base | undefined,
  again: () => Promise<Base | undefined>,
): Promise<StoredTree> {
  const run = (from: Base | undefined): Promise<StoredTree> =>
    new TreeSave(options, input, from).make();
  return run(base).catch(async (error: unknown) => {
    if (!lacksBlob(error)) throw error;
    return run(await again());
  });
}

/** Makes the key name a tree. */
export async function nameTree(
  { storage, key: { family }, now }: TreeSaveOptions,
  { manifest, saved: { key, files, bytes, stored } }: StoredTree,
): Promise<void> {
  const { client, repository, signal } = storage;
  const createdAt = now().toISOString();
  const entry = renderCacheEntry({ key, family, createdAt, files, bytes, stored, manifest });
  await client.putManifest(repository, { ...entry, tag: tagOfKey(key) }, { signal });
}

/** One save, from one base. */
class TreeSave {
  readonly #options: TreeSaveOptions;
  readonly #input: SaveInput;
  readonly #ledger: ChunkLedger;
  readonly #uploads: PackUploads;
  readonly #builder: PackBuilder;
  readonly #files = new Map<ByteName, ReadFile>();
  readonly #unreadable: string[] = [];
  readonly #read = { files: 0, bytes: 0 };

  constructor(options: TreeSaveOptions, input: SaveInput, base: Base | undefined) {
    const { storage, crew } = options;
    this.#options = options;
    this.#input = input;
    this.#ledger = new ChunkLedger(base);
    this.#uploads = new PackUploads(storage, crew);
    const { buffers } = this.#uploads;
    this.#builder = new PackBuilder(
      () => buffers.take(),
      (pack) => this.#uploads.add(pack),
    );
  }

  async make(): Promise<StoredTree> {
    const ledger = this.#ledger;
    const files = [...this.#changedFiles()];
    if (this.#input.byTime === true) files.sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
    await this.#readFiles(files, (chunk) => ledger.takeNew(chunk));
    for (const { chunks } of this.#files.values()) ledger.use(chunks);
    const repacked = ledger.chooseRepacked();
    const isRepacked = ({ digest }: { readonly digest: string }): boolean => repacked.has(digest);
    const again = this.#input.walked.found.filter(
      ({ path }) => this.#files.get(path)?.chunks.some(isRepacked) === true,
    );
    await this.#input.provide?.(again);
    await this.#readFiles(again, (chunk) => isRepacked(chunk) && ledger.takeAgain(chunk));
    this.#builder.finish();
    const packs = ledger.packsWith(await this.#uploads.finish());
    const lists = packs.map(({ chunks }) => chunks);
    const entries = makeEntries(this.#input.walked.found, this.#files, lists);
    const tree = { roots: this.#input.roots, packs: lists, entries };
    const descriptors = packs.map(({ descriptor }) => descriptor);
    return { files: this.#files, ...(await this.#store(tree, descriptors)) };
  }

  /** Those that are not known from an earlier save or restore, or whose chunks are not stored. */
  #changedFiles(): readonly Found[] {
    const names = new Set<string>();
    return this.#input.walked.found.filter(({ kind, path, stat, identity }) => {
      if (kind !== "file") return false;
      if (identity !== undefined && names.has(identity)) return false;
      if (identity !== undefined) names.add(identity);
      const known = this.#input.known.get(path);
      if (known === undefined || !isUnchanged(known.stat, stat)) return true;
      if (!this.#ledger.hasAll(known.chunks)) return true;
      this.#files.set(path, known);
      return false;
    });
  }

  async #readFiles(
    files: readonly Found[],
    isTaken: (chunk: { readonly digest: string; readonly length: number }) => boolean,
  ): Promise<void> {
    const { crew, storage, onProgress } = this.#options;
    const reader = {
      chunk: async (
        chunk: { readonly digest: string; readonly length: number },
        bytes: Uint8Array,
        isCompressible: boolean,
      ): Promise<void> => {
        this.#read.bytes += chunk.length;
        onProgress?.({ read: this.#read.bytes, sent: this.#uploads.sent.bytes });
        if (isTaken(chunk)) await this.#builder.add(chunk, bytes, isCompressible);
      },
      done: ({ path }: Found, stat: ReadFile["stat"], chunks: ReadFile["chunks"]): void => {
        this.#read.files += 1;
        this.#files.set(path, { stat, chunks });
      },
      failed: ({ path, file }: Found, why: string): void => {
        this.#files.delete(path);
        if (why === "ENOENT") return;
        if (why === "EACCES" || why === "EPERM") this.#unreadable.push(readable(file));
        else throw cannotRead(file, why);
      },
    };
    await readInOrder(files, crew, reader, storage.signal);
  }

  async #store(
    tree: Tree,
    packs: readonly Descriptor[],
  ): Promise<Pick<StoredTree, "manifest" | "saved">> {
    const { client, repository, signal } = this.#options.storage;
    const content = await compressTree(encodeTree(tree));
    const digest = digestOf(content);
    const config = { mediaType: treeMediaType("gzip"), digest, size: content.length };
    const head = await client.headBlob(repository, digest, { signal });
    const isSent = head === undefined;
    if (isSent) await client.pushBlob(repository, config, () => content, { signal });
    if (packs.length === 0) {
      await client.pushBlob(repository, emptyDescriptor, () => emptyContent, { signal });
    }
    const rendered = renderCacheManifest(config, packs);
    const manifest = await client.putManifest(repository, rendered, { signal });
    const { unreadable, special } = this.#input.walked.leftOut;
    const { sent } = this.#uploads;
    const saved = {
      key: this.#options.key.key,
      manifest: manifest.digest,
      ...countTree(tree),
      read: this.#read,
      sent: { bytes: sent.bytes + (isSent ? content.length : 0), packs: sent.packs },
      stored: packs.reduce((sum, { size }) => sum + size, content.length),
      leftOut: { unreadable: [...unreadable, ...this.#unreadable], special },
    };
    return { manifest, saved };
  }
}

function cannotRead(file: ByteName, why: string): UsageError {
  if (why === changed) {
    return new UsageError(`${readable(file)} changed each time it was read`, {
      hint: "save the cache when nothing writes to it",
    });
  }
  return new UsageError(`cannot read ${readable(file)}: ${why}`);
}

function lacksBlob(error: unknown): boolean {
  const codes = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"];
  return error instanceof RegistryError && error.errors.some(({ code }) => codes.includes(code));
}
