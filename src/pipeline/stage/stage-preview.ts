import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, isAttestation, parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import type { Reference, Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { storedParts } from "../../registry/parts.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { layoutBlobPath, readLayoutBlob } from "../oci-layout.ts";

interface PreviewOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
}

/** Enough to keep the connections to one registry busy. */
const blobsAtOnce = 8;

/**
 * Pushes an image of an OCI layout that the engine wrote (OCI image spec 1.1, image-layout.md) under
 * a tag, children first. `digest` is what the engine reported. Returns the image's digest, and its
 * bytes without attestations.
 */
export async function stagePreview(
  folder: string,
  to: Reference & { readonly tag: string },
  digest: Digest | undefined,
  { client, signal }: PreviewOptions,
): Promise<{ readonly digest: Digest; readonly bytes: number }> {
  const { host, path, tag } = to;
  const limit = createLimit(blobsAtOnce);
  const pushBlob = (blob: Descriptor): Promise<void> =>
    limit(async () => {
      if ((await client.headBlob({ host, path }, blob.digest, { signal })) !== undefined) return;
      const open = () => createReadStream(layoutBlobPath(folder, blob.digest));
      await client.pushBlob({ host, path }, blob, open, { signal });
    });
  const push = async (descriptor: Descriptor, name: { readonly tag?: string }): Promise<number> => {
    const bytes = await readLayoutBlob(folder, descriptor.digest);
    const { manifests, blobs } = storedParts(parseManifest(bytes, descriptor.mediaType));
    const [sizes] = await Promise.all([
      Promise.all(manifests.map((child) => push(child, {}))),
      Promise.all(blobs.map(pushBlob)),
    ]);
    const { mediaType, digest } = descriptor;
    const manifest = { bytes, mediaType, ...("tag" in name ? name : { digest }) };
    const repository: Repository = { host, path };
    await client.putManifest(repository, manifest, { signal, referrersTag: false });
    const own = isAttestation(descriptor) ? [] : blobs.map(({ size }) => size);
    return [...own, ...sizes].reduce((sum, size) => sum + size, 0);
  };
  const top = await imageOf(folder, digest);
  return { digest: top.digest, bytes: await push(top, { tag }) };
}

/** A build that was repeated added to the layout. */
async function imageOf(folder: string, digest: Digest | undefined): Promise<Descriptor> {
  const bytes = await readFile(join(folder, "index.json"));
  const index = parseManifest(bytes, mediaTypes.ociIndex);
  const images = index.kind === "index" ? index.content.manifests : [];
  const top = images.find((image) => image.digest === digest) ?? images.at(-1);
  if (top !== undefined) return top;
  throw new FormatError(`the engine wrote no image to ${folder}`);
}
