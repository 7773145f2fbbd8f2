import { resolve } from "node:path";
import type { CacheForm, StoredCache } from "../cache/content.ts";
import { localStore } from "../cache/store/local-store.ts";
import { registryStore } from "../cache/store/registry-store.ts";
import type { CacheStore, WritableCacheStore } from "../cache/store/store.ts";
import { readSound } from "../cache/use/read-sound.ts";
import { parseCacheAttributes } from "../config/cache-attributes.ts";
import { parseAttributes } from "../config/csv.ts";
import { UsageError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import { parseDigest } from "../oci/digest.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { RegistryClient } from "../registry/client.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { clientOptions, isCi, optionalConfig } from "./session.ts";

/** The caches that a command's arguments name, and a client that ends with them. */
export interface CacheStores extends AsyncDisposable {
  readonly stores: readonly CacheStore[];
  readonly client: RegistryClient;
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
  moreInsecure: readonly string[] = [],
): Promise<CacheStores> {
  const parsed = names.map((name) => ({ name, ...parseCacheAttributes(name) }));
  const config = await optionalConfig(options, io, false);
  const hosts = parsed.flatMap(({ attributes }) =>
    options.insecure === true && attributes["ref"] !== undefined
      ? [parseReference(attributes["ref"]).host]
      : [],
  );
  const insecure = [...(config?.insecure ?? []), ...hosts, ...moreInsecure];
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
  return { stores, client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** Caches to read, and the place that what is made of them goes to; the client ends with them. */
export interface WritingStores extends AsyncDisposable {
  readonly sources: readonly CacheStore[];
  readonly target: WritableCacheStore;
}

/**
 * Opens caches to read and a place to write to: `type=registry,ref=…[,image-manifest=false]`, a
 * reference alone, `type=local,dest=…[,tag=…]`, or, for a cache inside of an image,
 * `type=inline,ref=…`. Throws a usage error for anything else.
 */
export async function openWriting(
  from: readonly string[],
  to: string,
  options: CacheCommandOptions,
  io: Io,
): Promise<WritingStores> {
  const parsed = parseTarget(to);
  const hosts = parsed.ref === undefined || options.insecure !== true ? [] : [parsed.ref.host];
  const opened = await openStores(from, options, io, hosts);
  const target =
    parsed.ref === undefined
      ? localStore(resolve(io.cwd, parsed.dest), { tag: parsed.tag })
      : registryStore(opened.client, parsed.ref, parsed.form);
  const { stores, client } = opened;
  return { sources: stores, target, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

type Target =
  | { readonly ref: Reference; readonly form: CacheForm }
  | { readonly ref?: undefined; readonly dest: string; readonly tag: string | undefined };

function parseTarget(text: string): Target {
  const given = parseAttributes(text);
  const alone = given.size === 1 ? given.get("") : undefined;
  const type = alone === undefined ? (given.get("type") ?? "") : "registry";
  const known = targetAttributes[type];
  if (known === undefined) {
    throw new UsageError(`${text} cannot be written to`, {
      hint: "write type=registry,ref=…, type=local,dest=… or, inside of an image, type=inline,ref=…",
    });
  }
  for (const name of given.keys()) {
    if (alone !== undefined || name === "type" || known.includes(name)) continue;
    throw new UsageError(`type=${type} has no attribute "${name}" to be copied with`, {
      hint: suggest(name, known),
    });
  }
  const [needed = ""] = known;
  const place = alone ?? given.get(needed) ?? "";
  if (place === "") throw new UsageError(`${text} needs ${needed}=… to be written to`);
  if (type === "local") return { dest: place, tag: given.get("tag") };
  const ref = parseReference(place);
  if (type === "inline") return { ref, form: "inline" };
  const imageManifest = given.get("image-manifest") ?? "true";
  if (!["true", "false"].includes(imageManifest)) {
    throw new UsageError(`image-manifest must be true or false, not "${imageManifest}"`);
  }
  return { ref, form: imageManifest === "false" ? "index" : "image-manifest" };
}

/** The first of them must be given. */
const targetAttributes: Readonly<Record<string, readonly string[]>> = {
  registry: ["ref", "image-manifest"],
  local: ["dest", "tag"],
  inline: ["ref"],
};

/** A cache that must be there and be sound, under the name that it was given by. */
export function readNamed(
  store: CacheStore | undefined,
  name: string,
  { signal }: Pick<Io, "signal">,
): Promise<StoredCache> {
  if (store === undefined) throw new UsageError(`${name} names no cache`);
  return readSound(store, { name, signal });
}
