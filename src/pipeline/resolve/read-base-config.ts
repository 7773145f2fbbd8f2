import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { messageOf } from "../../errors.ts";
import { type Descriptor, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { formatPlatform, parsePlatform, type Platform, samePlatform } from "../../oci/platform.ts";
import { parseReference, type Repository } from "../../oci/reference.ts";
import type { ReadBaseConfig } from "../../inputs/moving/pinned-inputs.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { layoutFolder, readLayoutBlob, readLayoutManifest } from "../oci-layout.ts";

/** Far more than any config has; the plan carries its content. */
const mostConfigBytes = 1 << 20;
const mostText = 64 << 10;

/**
 * Reads a base image's config by its digest: the index, the platform's manifest and the config,
 * from its registry or, for an `oci-layout://` address, from that folder below `root`. Returns a
 * reason for each one that is not available.
 */
export function baseConfigReader(
  client: RegistryClient,
  root: string,
  signal: AbortSignal | undefined,
): ReadBaseConfig {
  return async (ref, digest, platform) => {
    try {
      if (!isDigest(digest)) return { problem: `${digest} is not a digest` };
      const address = parseContextAddress(ref);
      const content =
        address.kind === "layout"
          ? contentOfLayout(layoutFolder(address, root))
          : contentOfRegistry(client, parseReference(ref), signal);
      const config = await findConfig(content, digest, platform);
      if (typeof config === "string") return { problem: config };
      return parseConfig((await content.blob(config)).toString("utf8"));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return { problem: messageOf(error) };
    }
  };
}

/** Where an image's parts are read from. */
interface ImageContent {
  /** Undefined if it is not found. */
  manifest(digest: Digest): Promise<Manifest | undefined>;
  blob(descriptor: Descriptor): Promise<Buffer>;
}

function contentOfRegistry(
  client: RegistryClient,
  { host, path }: Repository,
  signal: AbortSignal | undefined,
): ImageContent {
  const repository = { host, path };
  return {
    manifest: async (digest) => {
      const found = await client.getManifest({ ...repository, digest }, { signal });
      return found && parseManifest(found.bytes, found.descriptor.mediaType);
    },
    blob: (descriptor) => client.readBlob(repository, descriptor, mostConfigBytes, { signal }),
  };
}

function contentOfLayout(folder: string): ImageContent {
  return {
    manifest: (digest) => readLayoutManifest(folder, digest),
    blob: ({ digest }) => readLayoutBlob(folder, digest),
  };
}

/** The config's descriptor, or the reason why there is none. */
async function findConfig(
  content: ImageContent,
  digest: Digest,
  platform: string,
): Promise<Descriptor | string> {
  const parsed = await content.manifest(digest);
  if (parsed === undefined) return "it was not found";
  if (parsed.kind === "manifest") return parsed.content.config;
  const child = childFor(parsed.content.manifests, parsePlatform(platform));
  if (child === undefined) return `it has no manifest for ${platform}`;
  const image = await content.manifest(child.digest);
  if (image === undefined) return `its manifest for ${platform} was not found`;
  return image.kind === "manifest"
    ? image.content.config
    : "its manifest for the platform is another index";
}

/**
 * The manifest that BuildKit chooses for a platform: one of that platform, or of an older variant
 * of its architecture (containerd: platforms/compare.go, Only).
 */
function childFor(manifests: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  for (const platform of [wanted, ...olderVariants(wanted)]) {
    const found = manifests.find((one) => isFor(one, platform));
    if (found !== undefined) return found;
  }
  return undefined;
}

function olderVariants({ variant, ...platform }: Platform): readonly Platform[] {
  const [, letter = "", number] = /^(v)(\d)$/.exec(variant ?? "") ?? [];
  const least = platform.architecture === "arm" ? 5 : 1;
  const older: Platform[] = [];
  for (let at = Number(number ?? 0) - 1; at >= least; at--) {
    older.push({ ...platform, variant: `${letter}${at}` });
  }
  return variant === undefined || platform.architecture === "arm" ? older : [...older, platform];
}

function isFor({ platform }: Descriptor, wanted: Platform): boolean {
  if (platform === undefined) return false;
  try {
    return samePlatform(parsePlatform(formatPlatform(platform)), wanted);
  } catch {
    return false;
  }
}

function parseConfig(text: string): Awaited<ReturnType<ReadBaseConfig>> {
  const root: unknown = JSON.parse(text);
  const config = fieldOf(root, "config");
  const env = textsOf(fieldOf(config, "Env"));
  const onbuild = textsOf(fieldOf(config, "OnBuild"));
  if (env === undefined || onbuild === undefined) return { problem: "its config is malformed" };
  if ([...env, ...onbuild].join("").length > mostText)
    return { problem: "its config is too large" };
  return { config: { env, onbuild } };
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** An absent list is empty; undefined if it is not a list of strings. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((one) => typeof one === "string");
  return texts.length === value.length ? texts : undefined;
}
