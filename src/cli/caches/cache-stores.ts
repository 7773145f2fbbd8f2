import { resolve } from "node:path";
import type { StoredCache } from "../../cache/content.ts";
import { localStore } from "../../cache/store/local-store.ts";
import { registryStore } from "../../cache/store/registry-store.ts";
import type { CacheStore, WritableCacheStore } from "../../cache/store/store.ts";
import { readSound } from "../../cache/use/read-sound.ts";
import { isCi } from "../../trust/environment/provider.ts";
import { parseCacheAttributes } from "../../config/cache/cache-attributes.ts";
import { UsageError } from "../../errors.ts";
import { parseDigest } from "../../oci/digest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { RegistryClient } from "../../registry/client.ts";
import type { Traffic } from "../../registry/transport/traffic.ts";
import { parseCacheTarget } from "./cache-target.ts";
import { type NamedCaches, nameCaches } from "./named-caches.ts";
import { githubCaches, type GithubCaches } from "./github/github-caches.ts";
import type { GlobalOptions, Io } from "../io.ts";
import type { reading } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { clientOptions, unknownConfig } from "../client-options.ts";
import { openIfNamed } from "../registry/default-registry.ts";
import { optionalConfig } from "../run/session.ts";

/** The caches that a command's arguments name, and a client that ends with them. */
export interface CacheStores extends AsyncDisposable {
  readonly stores: readonly CacheStore[];
  readonly named: NamedCaches;
  readonly client: RegistryClient;
  readonly github: GithubCaches;
  /** What the client's requests do. */
  readonly traffic: Traffic;
}

export type CacheCommandOptions = GlobalOptions &
  OptionsOf<typeof reading> & {
    /** The run is known to be allowed to use all credentials that the config names. */
    readonly trusted?: boolean;
    /** A name may stand for several caches, as a variant's does. */
    readonly several?: boolean;
  };

/**
 * Opens caches named by legs, or in BuildKit's words: `type=registry,ref=…`, a full reference,
 * `type=local,src=…` or `type=gha,scope=…`. Throws a usage error for a name that is no such cache.
 */
export async function openStores(
  names: readonly string[],
  options: CacheCommandOptions,
  io: Io,
  written?: Reference,
): Promise<CacheStores> {
  const config = await optionalConfig(options, io, false);
  const named = await nameCaches(names, config, options, io);
  const parsed = named.words.map((name) => ({ name, ...parseCacheAttributes(name) }));
  const read = parsed.flatMap(({ attributes: { ref } }) =>
    ref === undefined ? [] : [parseReference(ref).host],
  );
  const hosts = [...read, ...(written === undefined ? [] : [written.host])];
  const access = written === undefined ? "read" : "write";
  const registry = await openIfNamed(hosts, { command: "cache", access }, io);
  const insecure = [...(config?.insecure ?? []), ...(options.insecure === true ? hosts : [])];
  const credentials = config?.credentials ?? [];
  // Otherwise it is not known whose config CI runs with.
  const untrusted = options.trusted !== true && isCi(io.env) ? unknownConfig(io) : undefined;
  const how = clientOptions(io, { insecure, credentials }, untrusted);
  const [client, github] = [new RegistryClient(how), githubCaches(io, how)];
  const stores = parsed.map(({ name, type, attributes }): CacheStore => {
    const { ref, src, tag, digest } = attributes;
    if (type === "registry" && ref !== undefined) return registryStore(client, parseReference(ref));
    if (type === "local" && src !== undefined) {
      const chosen = digest === undefined ? undefined : parseDigest(digest);
      return localStore(resolve(io.cwd, src), { tag, digest: chosen });
    }
    if (type === "gha") return github.open(attributes["scope"]);
    throw new UsageError(`cannot read ${name}: caches of type ${type} are not supported`, {
      hint: "use type=registry, type=local or type=gha; for an inline cache, use type=registry,ref=IMAGE",
    });
  });
  const close = async (): Promise<void> => {
    github[Symbol.dispose]();
    await client[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    await named[Symbol.asyncDispose]();
  };
  return { stores, named, client, github, traffic: how.traffic, [Symbol.asyncDispose]: close };
}

/** Caches to read, and the place to write what is made of them; the client ends with them. */
export interface WritingStores extends AsyncDisposable {
  readonly sources: readonly CacheStore[];
  readonly target: WritableCacheStore;
  readonly traffic: Traffic;
}

/**
 * Opens caches to read and a place to write to: `type=registry,ref=…[,image-manifest=false]`, a
 * plain reference, `type=local,dest=…[,tag=…]`, `type=gha,scope=…` or, for a cache inside an image,
 * `type=inline,ref=…`. Throws a usage error for anything else.
 */
export async function openWriting(
  from: readonly string[],
  to: string,
  options: CacheCommandOptions,
  io: Io,
): Promise<WritingStores> {
  const parsed = parseCacheTarget(to);
  const opened = await openStores(from, options, io, "ref" in parsed ? parsed.ref : undefined);
  const { stores, client, github, traffic } = opened;
  const target =
    "scope" in parsed
      ? github.open(parsed.scope)
      : "ref" in parsed
        ? registryStore(client, parsed.ref, parsed.form)
        : localStore(resolve(io.cwd, parsed.dest), { tag: parsed.tag });
  return {
    sources: stores,
    target,
    traffic,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Reads a cache that must exist and be sound. */
export function readNamed(
  store: CacheStore | undefined,
  name: string,
  { signal }: Pick<Io, "signal">,
): Promise<StoredCache> {
  if (store === undefined) throw new UsageError(`${name} is not a cache`);
  return readSound(store, { name, signal });
}
