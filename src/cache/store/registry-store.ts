import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { Copier, lacksParts } from "../../registry/copier.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import type { CacheForm } from "../content.ts";
import { formCache } from "../format/form-cache.ts";
import { readStoredCache } from "./read-stored-cache.ts";
import type { BlobOutcome, BlobSource, WritableCacheStore, WriteOptions } from "./store.ts";

const uploadsAtOnce = 8;

/**
 * A cache in a registry: its own manifest, in either form, or the inline caches of an image. It is
 * written in `form`, by default as an image manifest, which every registry accepts.
 */
export function registryStore(
  client: RegistryClient,
  reference: Reference,
  form: CacheForm = "image-manifest",
): WritableCacheStore {
  const { host, path } = reference;
  const repository = { host, path };
  const tagged =
    reference.tag === undefined && reference.digest === undefined
      ? { ...reference, tag: "latest" }
      : reference;
  const name = `type=registry,ref=${formatReference(tagged)}`;
  return {
    name,
    form,
    repositoryOf: () => repository,
    async read({ signal } = {}) {
      const found = await client.getManifest(tagged, { signal, fresh: true });
      if (found === undefined) return undefined;
      return readStoredCache(name, found, {
        manifest: (digest) => client.getManifest({ host, path, digest }, { signal }),
        blob: (descriptor, limit) =>
          client.readBlob(reference, descriptor, limit, { signal }).catch((cause: unknown) => {
            if (!(cause instanceof RegistryError) || cause.status !== 404) throw cause;
            throw new FormatError(`${name} is missing its config ${descriptor.digest}`, { cause });
          }),
      });
    },
    async blobSize({ digest }, { signal } = {}) {
      return (await client.headBlob(reference, digest, { signal, fresh: true }))?.size;
    },
    openBlob: (blob, { signal } = {}) => client.openBlob(reference, blob, { signal }),
    async write(cache, source, o = {}) {
      if (tagged.tag === undefined || tagged.digest !== undefined) {
        throw new UsageError(
          `cannot write to ${name}: caches can be written only to a tag, not to a digest`,
        );
      }
      const { blobs, config, manifest } = formCache(cache, form);
      const { signal } = o;
      const send = blobSender(client, repository, source, o);
      await Promise.all(blobs.map((blob) => send(blob, false)));
      await client.pushBlob(repository, config.descriptor, () => config.bytes, { signal });
      const { mediaType } = manifest.descriptor;
      const put = { bytes: manifest.bytes, mediaType, tag: tagged.tag };
      await client.putManifest(repository, put, { signal }).catch(async (error: unknown) => {
        if (!lacksParts(error)) throw error;
        // The registry has lost a blob that it reported before.
        await Promise.all(blobs.map((blob) => send(blob, true)));
        await client.pushBlob(repository, config.descriptor, () => config.bytes, { signal });
        await client.putManifest(repository, put, { signal });
      });
      return { manifest: manifest.descriptor };
    },
  };
}

/** Copies blobs to a repository: within the registry if possible, and only the missing ones. */
function blobSender(
  client: RegistryClient,
  target: Repository,
  source: BlobSource,
  { signal, onBlob }: WriteOptions,
): (blob: Descriptor, fresh: boolean) => Promise<void> {
  const limit = createLimit(uploadsAtOnce);
  const send = async (blob: Descriptor, from: Repository | undefined): Promise<BlobOutcome> => {
    if (from !== undefined) return (await copier.blob(from, blob, target, { signal })).how;
    const found = await client.headBlob(target, blob.digest, { signal, fresh: true });
    if (found?.size === blob.size) return "there";
    await client.pushBlob(target, blob, () => source.openBlob(blob, { signal }), { signal });
    return "copied";
  };
  const copier = new Copier(client);
  return async (blob, fresh) => {
    const from = fresh ? undefined : source.repositoryOf?.(blob);
    const how = await (from === undefined ? limit(() => send(blob, from)) : send(blob, from));
    onBlob?.(blob, how);
  };
}
