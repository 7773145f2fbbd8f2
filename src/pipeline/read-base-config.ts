import { messageOf } from "../errors.ts";
import { type Descriptor, parseManifest } from "../oci/manifest.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { parsePlatform, samePlatform, formatPlatform } from "../oci/platform.ts";
import { parseReference, type Repository } from "../oci/reference.ts";
import type { ReadBaseConfig } from "../plan/pinned-inputs.ts";
import type { RegistryClient } from "../registry/client.ts";

/** Far more than any config has; what is in it is carried in the plan. */
const mostConfigBytes = 1 << 20;
const mostText = 64 << 10;

/**
 * Reads a base image's config by its digest: the index, the platform's manifest and the config.
 * Whatever cannot be had gives its reason, since a plan can do without.
 */
export function baseConfigReader(
  client: RegistryClient,
  signal: AbortSignal | undefined,
): ReadBaseConfig {
  return async (ref, digest, platform) => {
    try {
      if (!isDigest(digest)) return { problem: `${digest} is not a digest` };
      const { host, path } = parseReference(ref);
      const repository = { host, path };
      const config = await findConfig(client, repository, digest, platform, signal);
      if (typeof config === "string") return { problem: config };
      const bytes = await client.readBlob(repository, config, mostConfigBytes, { signal });
      return parseConfig(bytes.toString("utf8"));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return { problem: messageOf(error) };
    }
  };
}

/** The config's descriptor, or why there is none. */
async function findConfig(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  platform: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor | string> {
  const found = await client.getManifest({ ...repository, digest }, { signal });
  if (found === undefined) return "its registry does not have it";
  const parsed = parseManifest(found.bytes, found.descriptor.mediaType);
  if (parsed.kind === "manifest") return parsed.content.config;
  const child = parsed.content.manifests.find((one) => isFor(one, platform));
  if (child === undefined) return `it has no manifest for ${platform}`;
  const image = await client.getManifest({ ...repository, digest: child.digest }, { signal });
  if (image === undefined) return `its manifest for ${platform} is gone`;
  const manifest = parseManifest(image.bytes, image.descriptor.mediaType);
  return manifest.kind === "manifest" ? manifest.content.config : "its manifest is an index again";
}

function isFor({ platform }: Descriptor, wanted: string): boolean {
  if (platform === undefined) return false;
  try {
    return samePlatform(parsePlatform(formatPlatform(platform)), parsePlatform(wanted));
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

/** An absent list is empty; undefined for what is no list of texts. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((one) => typeof one === "string");
  return texts.length === value.length ? texts : undefined;
}
