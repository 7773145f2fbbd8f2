import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, isAttestation, type ImageManifest } from "../../oci/manifest.ts";
import type { FetchedManifest } from "../../registry/client.ts";
import type { StoredCache } from "../content.ts";
import { type InlineCache, inlineCacheOf, joinCaches } from "../format/inline.ts";
import { largestConfig } from "../format/cache-config.ts";
import { cacheManifestOf } from "../format/manifest-forms.ts";
import { untie } from "../format/one-end.ts";
import { parseCacheConfig } from "../format/parse-cache-config.ts";

/** Where a cache is read from: a repository in a registry, or a folder. */
export interface ManifestSource {
  manifest(digest: Digest): Promise<FetchedManifest | undefined>;
  /** The verified content; at most `limit` bytes. */
  blob(descriptor: Descriptor, limit: number): Promise<Buffer>;
}

/** The most images of an index to search for inline caches. */
const mostImages = 100;

/** The cache in a manifest, in any of BuildKit's forms. Throws a format error if there is none. */
export async function readStoredCache(
  name: string,
  { manifest, descriptor }: FetchedManifest,
  source: ManifestSource,
): Promise<StoredCache> {
  const found = cacheManifestOf(manifest);
  if (found !== undefined) {
    const { form, config, blobs } = found;
    if (config.size > largestConfig) {
      throw new FormatError(
        `${name}: the config is ${config.size} bytes, but BuildKit imports at most 1 MiB`,
        { hint: "delete this cache, and use mode=min or fewer steps to write a smaller one" },
      );
    }
    const bytes = await source.blob(config, largestConfig);
    const steps = new Map<Digest, string>();
    return {
      ...untie(parseCacheConfig(bytes)),
      blobs,
      form,
      manifest: descriptor,
      configDescriptor: config,
      steps,
    };
  }
  const images =
    manifest.kind === "manifest"
      ? [manifest.content]
      : await imagesOf(name, manifest.content.manifests, source);
  const caches: InlineCache[] = [];
  let largest: Descriptor | undefined;
  for (const image of images) {
    const cache = inlineCacheOf(image, await source.blob(image.config, largestConfig));
    if (cache === undefined) continue;
    caches.push(cache);
    if (largest === undefined || image.config.size > largest.size) largest = image.config;
  }
  if (largest === undefined) throw notCache(name, images.length, manifest.content.artifactType);
  return {
    ...joinCaches(caches),
    form: "inline",
    manifest: descriptor,
    configDescriptor: largest,
  };
}

/** An engine imports nothing from an index with a missing child. */
async function imagesOf(
  name: string,
  children: readonly Descriptor[],
  source: ManifestSource,
): Promise<ImageManifest[]> {
  const images = children.filter((child) => !isAttestation(child));
  if (images.length > mostImages) {
    throw new FormatError(`${name} has ${images.length} images; the limit is ${mostImages}`);
  }
  const found = await Promise.all(
    images.map(async ({ digest }) => {
      const child = await source.manifest(digest);
      if (child === undefined)
        throw new FormatError(`${name} is missing the child manifest ${digest}`);
      return child.manifest.kind === "manifest" ? [child.manifest.content] : [];
    }),
  );
  return found.flat();
}

function notCache(name: string, images: number, artifactType: string | undefined): FormatError {
  const what =
    artifactType !== undefined
      ? `an artifact of type ${artifactType}`
      : images === 1
        ? "an image without a cache"
        : "an image index without a cache";
  return new FormatError(`${name} is not a BuildKit cache: it is ${what}`, {
    hint: "use a cache written by --cache-to type=registry, type=local or type=inline",
  });
}
