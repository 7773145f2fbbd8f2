import { count } from "../../count.ts";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, UsageError } from "../../errors.ts";
import { type Digest, hasherFor } from "../../oci/digest.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import type { FetchedManifest } from "../../registry/client.ts";
import { checkDigest, checking, sizeError } from "./check-bytes.ts";
import { blobFile, refName, sizeOf } from "./layout.ts";
import { readStoredCache } from "./read-stored-cache.ts";
import type { WritableCacheStore } from "./store.ts";
import { writeLayout } from "./write-layout.ts";

export interface LocalStoreOptions {
  /** The tag in the layout; `latest` by default. */
  readonly tag?: string | undefined;
  /** Instead of a tag. */
  readonly digest?: Digest | undefined;
}

const largestManifest = 4 << 20;

/** A cache in a folder, as `type=local` writes it: an OCI image layout (OCI image spec 1.1). */
export function localStore(
  folder: string,
  { tag, digest }: LocalStoreOptions = {},
): WritableCacheStore {
  const name = `type=local,src=${folder}${digest === undefined ? (tag === undefined ? "" : `,tag=${tag}`) : `,digest=${digest}`}`;
  const fileOf = (blob: Digest): string => blobFile(folder, blob);
  const source = {
    async manifest(wanted: Digest): Promise<FetchedManifest | undefined> {
      const size = await sizeOf(fileOf(wanted));
      if (size === undefined) return undefined;
      const mediaType = "application/octet-stream";
      const bytes = await readVerified(
        fileOf(wanted),
        { mediaType, digest: wanted, size },
        largestManifest,
      );
      const manifest = parseManifest(bytes);
      return {
        bytes,
        manifest,
        descriptor: { mediaType: manifest.mediaType, digest: wanted, size },
      };
    },
    blob: (descriptor: Descriptor, limit: number) =>
      readVerified(fileOf(descriptor.digest), descriptor, limit),
  };
  return {
    name,
    form: "image-manifest",
    async read() {
      const wanted = digest ?? (await findTag(folder, tag ?? "latest"));
      const found = wanted === undefined ? undefined : await source.manifest(wanted);
      return found === undefined ? undefined : readStoredCache(name, found, source);
    },
    blobSize: ({ digest: blob }) => sizeOf(fileOf(blob)),
    openBlob: (blob, { signal } = {}) => {
      const read = createReadStream(fileOf(blob.digest), signal === undefined ? {} : { signal });
      const checked = read.pipe(checking(fileOf(blob.digest), blob));
      read.once("error", (error) => checked.destroy(error));
      return Promise.resolve(checked);
    },
    async write(cache, source, o = {}) {
      if (digest !== undefined) {
        throw new UsageError(
          `cannot write to ${name}: caches can be written only to a tag, not to a digest`,
        );
      }
      return writeLayout(folder, tag ?? "latest", cache, source, o);
    },
  };
}

async function findTag(folder: string, tag: string): Promise<Digest | undefined> {
  const file = join(folder, "index.json");
  const size = await sizeOf(file);
  if (size === undefined) {
    const files = await readdir(folder).catch(() => []);
    if (files.length === 0) return undefined;
    throw new UsageError(`${folder} is not a local cache: it has no index.json`, {
      hint: "use the folder that --cache-to type=local,dest=… wrote",
    });
  }
  if (size > largestManifest) throw new FormatError(`${file} is too large: ${count(size, "byte")}`);
  const index = parseManifest(await readFile(file));
  if (index.kind !== "index") throw new FormatError(`${file} is not the index of an OCI layout`);
  const { manifests } = index.content;
  return manifests.find(({ annotations }) => annotations?.[refName] === tag)?.digest;
}

async function readVerified(file: string, expected: Descriptor, limit: number): Promise<Buffer> {
  if (expected.size > limit) {
    throw new FormatError(`${file} is ${count(expected.size, "byte")}; the limit is ${limit}`);
  }
  const size = await sizeOf(file);
  if (size === undefined) throw new FormatError(`${file} not found`);
  if (size !== expected.size) throw sizeError(file, expected, size);
  const bytes = await readFile(file);
  const hasher = hasherFor(expected.digest);
  hasher.update(bytes);
  checkDigest(file, expected, hasher.digest(), bytes.length);
  return bytes;
}
