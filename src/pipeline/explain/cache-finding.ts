import { importLimit } from "../../cache/format/cache-config.ts";
import { messageOf } from "../../errors.ts";
import { parseReference } from "../../oci/reference.ts";
import type { CacheRef } from "../../plan/plan.ts";
import type { RegistryClient } from "../../registry/client.ts";

/** What a cache looks like now. */
export interface CacheFinding {
  readonly type: CacheRef["type"];
  /** A registry cache's reference, or the attributes of another cache. */
  readonly cache: string;
  /** `not-looked`: only a registry's caches can be inspected from here. */
  readonly state: "there" | "absent" | "too-large" | "unreadable" | "not-looked";
  /** One sentence. */
  readonly text: string;
}

/** Inspects the caches that a build would read, with real requests. */
export function lookAtCaches(
  client: RegistryClient,
  caches: readonly CacheRef[],
  signal?: AbortSignal,
): Promise<readonly CacheFinding[]> {
  return Promise.all(caches.map((cache) => lookAt(client, cache, signal)));
}

async function lookAt(
  client: RegistryClient,
  { type, attributes }: CacheRef,
  signal: AbortSignal | undefined,
): Promise<CacheFinding> {
  const { ref } = attributes;
  if (type !== "registry" || ref === undefined) {
    const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
    const cache = [`type=${type}`, ...pairs].join(",");
    return {
      type,
      cache,
      state: "not-looked",
      text: `the cache ${cache} cannot be inspected from here`,
    };
  }
  const finding = (state: CacheFinding["state"], text: string): CacheFinding => ({
    type,
    cache: ref,
    state,
    text,
  });
  try {
    const found = await client.getManifest(parseReference(ref), { signal });
    if (found === undefined)
      return finding("absent", `the cache ${ref} is not in the registry (404)`);
    const { manifest, descriptor } = found;
    const config =
      manifest.kind === "manifest" ? manifest.content.config : manifest.content.manifests.at(-1);
    const largest = Math.max(descriptor.size, config?.size ?? 0);
    if (largest > importLimit) {
      return finding(
        "too-large",
        `the cache ${ref} has a manifest or config of ${largest} bytes, but BuildKit reads at most 1 MiB`,
      );
    }
    return finding("there", `the cache ${ref} exists`);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return finding("unreadable", `the cache ${ref} cannot be read: ${messageOf(error)}`);
  }
}
