import { RegistryError, UsageError } from "../../errors.ts";
import { emptyContent, emptyDescriptor } from "../../oci/artifact.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { RenderedKey } from "../keys/key-template.ts";
import { checkKey, tagOfKey } from "../keys/key-tag.ts";
import { knownFileOf, readKnown, remember } from "../known/known-file.ts";
import { isSettled, isUnchanged, type KnownFiles } from "../known/known-files.ts";
import { PackBuilder } from "../packs/pack-builder.ts";
import { treeMediaType } from "../packs/pack-types.ts";
import { renderCacheEntry, renderCacheManifest } from "../stored/documents.ts";
import type { Storage } from "../stored/find-cache.ts";
import { compressTree } from "../stored/read-cache.ts";
import { encodeTree } from "../tree/encode.ts";
import { type ByteName, countTree, readable, type Tree } from "../tree/tree.ts";
import { byteName, type Found, type LeftOut, walkPaths, type Walked } from "../tree/walk.ts";
import type { Crew } from "../threads/crew.ts";
import { changed } from "../threads/read.ts";
import { type Base, openBase } from "./base.ts";
import { ChunkLedger } from "./chunk-ledger.ts";
import { makeEntries, type ReadFile } from "./make-entries.ts";
import { readInOrder } from "./read-in-order.ts";
import { PackUploads } from "./upload-packs.ts";

/** A path to save. */
export interface SavedPath {
  /** As it was named. */
  readonly name: string;
  /** Absolute, and no link. */
  readonly file: string;
}

export interface SaveOptions {
  readonly storage: Storage;
  readonly crew: Crew;
  readonly key: RenderedKey;
  readonly paths: readonly SavedPath[];
  /** Where it is remembered what was saved and restored. */
  readonly memory: string;
  /** Whether a cache without files may be saved. */
  readonly allowEmpty?: boolean;
  readonly now: () => Date;
  readonly onProgress?: (progress: SaveProgress) => void;
}

/** Bytes. */
export interface SaveProgress {
  readonly read: number;
  /** Of all files that are to be read, as far as that is known. */
  readonly toRead: number;
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

/**
 * Saves paths under a key. What the repository has already is not sent, and files that did not
 * change since they were saved or restored here are not read. The key names the new cache only when
 * all of it is stored. Throws a usage error if there is nothing to save, or a file keeps changing.
 */
export async function saveDirectory(options: SaveOptions): Promise<Saved> {
  checkKey(options.key.key);
  const scannedAt = options.now().getTime();
  const paths = options.paths.map(({ file }) => byteName(file));
  const walked = walkPaths(paths);
  refuseEmpty(walked, options);
  const file = knownFileOf(options.memory, options.storage.repository, paths);
  const known = await readKnown(file);
  const base = await openBase(options.storage, options.key, known);
  const run = (from: Base | undefined): Promise<Made> =>
    new Save(options, walked, known, from).make();
  const made = await run(base).catch((error: unknown) => {
    // Meanwhile a pack was deleted: one of the base, or one that a killed save had left.
    if (!lacksBlob(error)) throw error;
    return run(undefined);
  });
  const { manifest, files, saved } = made;
  await putEntry(options, manifest, saved);
  const settled = [...files].filter(([, { stat }]) => isSettled(stat, scannedAt));
  await remember(file, { manifest: saved.manifest, files: new Map(settled) });
  return saved;
}

interface Made {
  readonly manifest: Descriptor;
  readonly files: ReadonlyMap<ByteName, ReadFile>;
  readonly saved: Saved;
}

/** One save, from one base. */
class Save {
  readonly #options: SaveOptions;
  readonly #walked: Walked;
  readonly #known: KnownFiles | undefined;
  readonly #ledger: ChunkLedger;
  readonly #uploads: PackUploads;
  readonly #builder: PackBuilder;
  readonly #files = new Map<ByteName, ReadFile>();
  readonly #unreadable: string[] = [];
  readonly #read = { files: 0, bytes: 0 };
  #toRead = 0;

  constructor(
    options: SaveOptions,
    walked: Walked,
    known: KnownFiles | undefined,
    base: Base | undefined,
  ) {
    const { storage, crew } = options;
    this.#options = options;
    this.#walked = walked;
    this.#known = known;
    this.#ledger = new ChunkLedger(base);
    this.#uploads = new PackUploads(storage, crew);
    const { buffers } = this.#uploads;
    this.#builder = new PackBuilder(
      () => buffers.take(),
      (pack) => this.#uploads.add(pack),
    );
  }

  async make(): Promise<Made> {
    const ledger = this.#ledger;
    await this.#readFiles(this.#changedFiles(), (chunk) => ledger.takeNew(chunk));
    for (const { chunks } of this.#files.values()) ledger.use(chunks);
    const repacked = ledger.chooseRepacked();
    const isRepacked = ({ digest }: { readonly digest: string }): boolean => repacked.has(digest);
    const again = this.#walked.found.filter(
      ({ path }) => this.#files.get(path)?.chunks.some(isRepacked) === true,
    );
    await this.#readFiles(again, (chunk) => isRepacked(chunk) && ledger.takeAgain(chunk));
    this.#builder.finish();
    const packs = ledger.packsWith(await this.#uploads.finish());
    const lists = packs.map(({ chunks }) => chunks);
    const entries = makeEntries(this.#walked.found, this.#files, lists);
    const roots = this.#options.paths.map(({ name }) => name);
    const tree = { roots, packs: lists, entries };
    const descriptors = packs.map(({ descriptor }) => descriptor);
    return { files: this.#files, ...(await this.#store(tree, descriptors)) };
  }

  /** Those that are not known from an earlier save or restore, or whose chunks are not stored. */
  #changedFiles(): readonly Found[] {
    const names = new Set<string>();
    return this.#walked.found.filter(({ kind, path, stat, identity }) => {
      if (kind !== "file") return false;
      if (identity !== undefined && names.has(identity)) return false;
      if (identity !== undefined) names.add(identity);
      const known = this.#known?.files.get(path);
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
    this.#toRead += files.reduce((sum, { stat }) => sum + stat.size, 0);
    const report = (): void => {
      const [{ bytes: read }, { sent }] = [this.#read, this.#uploads];
      onProgress?.({ read, toRead: this.#toRead, sent: sent.bytes });
    };
    report();
    const reader = {
      chunk: async (
        chunk: { readonly digest: string; readonly length: number },
        bytes: Uint8Array,
        isCompressible: boolean,
      ): Promise<void> => {
        this.#read.bytes += chunk.length;
        report();
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
  ): Promise<Pick<Made, "manifest" | "saved">> {
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
    const { unreadable, special } = this.#walked.leftOut;
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

/** Names the cache by its key. */
async function putEntry(
  { storage, key: { family }, now }: SaveOptions,
  manifest: Descriptor,
  { key, files, bytes, stored }: Saved,
): Promise<void> {
  const { client, repository, signal } = storage;
  const createdAt = now().toISOString();
  const entry = renderCacheEntry({ key, family, createdAt, files, bytes, stored, manifest });
  await client.putManifest(repository, { ...entry, tag: tagOfKey(key) }, { signal });
}

function refuseEmpty({ found }: Walked, { paths, allowEmpty }: SaveOptions): void {
  if (allowEmpty === true || found.some(({ kind }) => kind !== "folder")) return;
  const names = paths.map(({ name }) => name).join(", ");
  throw new UsageError(
    `nothing to save: ${names} ${paths.length === 1 ? "has" : "have"} no files`,
    {
      hint: "pass --allow-empty to save an empty cache",
    },
  );
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
