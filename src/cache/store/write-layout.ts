import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { FormatError, messageOf } from "../../errors.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { eachAtOnce } from "../../registry/transport/pace/at-once.ts";
import type { CacheContent } from "../content.ts";
import { formCache } from "../format/form-cache.ts";
import { checking } from "./check-bytes.ts";
import { blobFile, refName, sizeOf } from "./layout.ts";
import type { BlobSource, WriteOptions, Written } from "./store.ts";

const blobsAtOnce = 4;

/**
 * Writes a cache into an OCI image layout under a tag (OCI image spec 1.1, image-layout.md). Other
 * tags are kept, and each file is complete before it gets its name.
 */
export async function writeLayout(
  folder: string,
  tag: string,
  cache: CacheContent,
  source: BlobSource,
  { signal, onBlob }: WriteOptions,
): Promise<Written> {
  const others = await otherManifests(folder, tag);
  const { blobs, config, manifest } = formCache(cache, "image-manifest");
  await eachAtOnce(blobs, blobsAtOnce, async (blob) => {
    const file = blobFile(folder, blob.digest);
    const there = (await sizeOf(file)) === blob.size;
    if (!there) {
      const stream = await source.openBlob(blob, { signal });
      await written(file, (part) =>
        pipeline(stream, checking(file, blob), createWriteStream(part), { signal }),
      );
    }
    onBlob?.(blob, there ? "there" : "copied");
  });
  for (const { descriptor, bytes } of [config, manifest]) {
    const file = blobFile(folder, descriptor.digest);
    await written(file, (part) => writeFile(part, bytes));
  }
  const layout = JSON.stringify({ imageLayoutVersion: "1.0.0" });
  await written(join(folder, "oci-layout"), (part) => writeFile(part, layout));
  const entry = { ...manifest.descriptor, annotations: { [refName]: tag } };
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...others, entry],
  };
  await written(join(folder, "index.json"), (part) => writeFile(part, JSON.stringify(index)));
  return { manifest: manifest.descriptor };
}

/** The manifests under other tags. Throws a format error for a folder that is not a layout. */
async function otherManifests(folder: string, tag: string): Promise<readonly Descriptor[]> {
  const file = join(folder, "index.json");
  if ((await sizeOf(file)) === undefined) return [];
  let index: ReturnType<typeof parseManifest>;
  try {
    index = parseManifest(await readFile(file), mediaTypes.ociIndex);
  } catch (cause) {
    throw new FormatError(`${file} is not the index of an OCI layout: ${messageOf(cause)}`, {
      cause,
      hint: "choose another folder, or delete this one",
    });
  }
  if (index.kind !== "index") throw new FormatError(`${file} is not the index of an OCI layout`);
  return index.content.manifests.filter(({ annotations }) => annotations?.[refName] !== tag);
}

/** Writes a file under a temporary name until it is complete. */
async function written(file: string, write: (part: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${randomUUID()}.part`;
  try {
    await write(part);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
