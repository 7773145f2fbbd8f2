import { FormatError, RegistryError } from "../../errors.ts";
import { formatReference, type Reference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { readStoredCache } from "./read-stored-cache.ts";
import type { CacheStore } from "./store.ts";

/** A cache in a registry: one of its own, in either form, or those of an image. */
export function registryStore(client: RegistryClient, reference: Reference): CacheStore {
  const { host, path } = reference;
  const tagged =
    reference.tag === undefined && reference.digest === undefined
      ? { ...reference, tag: "latest" }
      : reference;
  const name = `type=registry,ref=${formatReference(tagged)}`;
  return {
    name,
    async read({ signal } = {}) {
      const found = await client.getManifest(tagged, { signal, fresh: true });
      if (found === undefined) return undefined;
      return readStoredCache(name, found, {
        manifest: (digest) => client.getManifest({ host, path, digest }, { signal }),
        blob: (descriptor, limit) =>
          client.readBlob(reference, descriptor, limit, { signal }).catch((cause: unknown) => {
            if (!(cause instanceof RegistryError) || cause.status !== 404) throw cause;
            throw new FormatError(`${name} lacks its config ${descriptor.digest}`, { cause });
          }),
      });
    },
    async blobSize({ digest }, { signal } = {}) {
      return (await client.headBlob(reference, digest, { signal, fresh: true }))?.size;
    },
    openBlob: (blob, { signal } = {}) => client.openBlob(reference, blob, { signal }),
  };
}
