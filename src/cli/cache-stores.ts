import { resolve } from "node:path";
import type { StoredCache } from "../cache/content.ts";
import { requireSound } from "../cache/graph/faults.ts";
import { localStore } from "../cache/store/local-store.ts";
import { registryStore } from "../cache/store/registry-store.ts";
import type { CacheStore } from "../cache/store/store.ts";
import { parseCacheAttributes } from "../config/cache-attributes.ts";
import { UsageError } from "../errors.ts";
import { parseDigest } from "../oci/digest.ts";
import { parseReference } from "../oci/reference.ts";
import { RegistryClient } from "../registry/client.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { clientOptions, isCi, optionalConfig } from "./session.ts";

/** The caches that a command's arguments name, and a client that ends with them. */
export interface CacheStores extends AsyncDisposable {
  readonly stores: readonly CacheStore[];
}

export interface CacheCommandOptions extends GlobalOptions {
  readonly insecure?: boolean;
}

/**
 * Opens caches named in BuildKit's words: `type=registry,ref=…`, a reference alone, or
 * `type=local,src=…`. Throws a usage error for what is no cache to read.
 */
export async function openStores(
  names: readonly string[],
  options: CacheCommandOptions,
  io: Io,
): Promise<CacheStores> {
  const parsed = names.map((name) => ({ name, ...parseCacheAttributes(name) }));
  const config = await optionalConfig(options, io, false);
  const hosts = parsed.flatMap(({ attributes }) =>
    options.insecure === true && attributes["ref"] !== undefined
      ? [parseReference(attributes["ref"]).host]
      : [],
  );
  const insecure = [...(config?.insecure ?? []), ...hosts];
  const credentials = config?.credentials ?? [];
  // Nobody looks here whose config it is that CI runs with.
  const client = new RegistryClient(clientOptions(io.env, { insecure, credentials }, isCi(io)));
  const stores = parsed.map(({ name, type, attributes }): CacheStore => {
    const { ref, src, tag, digest } = attributes;
    if (type === "registry" && ref !== undefined) return registryStore(client, parseReference(ref));
    if (type === "local" && src !== undefined) {
      const chosen = digest === undefined ? undefined : parseDigest(digest);
      return localStore(resolve(io.cwd, src), { tag, digest: chosen });
    }
    throw new UsageError(`${name} cannot be looked into: it is of type ${type}`, {
      hint: "caches of type=registry and type=local can, and inline ones by their image: type=registry,ref=…",
    });
  });
  return { stores, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** A cache that must be there and be sound. Throws a usage error where nothing stands. */
export async function readSound(
  store: CacheStore | undefined,
  name: string,
  { signal }: Pick<Io, "signal">,
): Promise<StoredCache> {
  const stored = await store?.read({ signal });
  if (store !== undefined && stored !== undefined) return requireSound(stored, store.name);
  throw new UsageError(`${name}: nothing stands there`, {
    hint: "see whether the tag is right, and whether a build has written it yet",
  });
}
