import type { Variant } from "../config/config.ts";
import type { Context } from "../trust/context.ts";
import { fillLegTemplate } from "../config/template.ts";
import { digestOf, type Digest, hexOf } from "../oci/digest.ts";
import { formatPlatform, type Platform, platformSlug } from "../oci/platform.ts";
import { tagPattern } from "../oci/reference.ts";

/** The longest tag of the OCI distribution spec. */
const longestTag = 128;
const keptInputHex = 40;
const stagedPattern = new RegExp(`^(.*)-([0-9a-f]{${keptInputHex}})$`);

export interface LegNames {
  /** `cpu-vllm/linux/arm64`. */
  readonly id: string;
  /** `cpu-vllm`. */
  readonly variant: string;
  /** `-cpu-vllm`. */
  readonly suffix: string;
  /** `arm64`. */
  readonly platform: string;
  /** The cache's tag, scope or folder. */
  readonly cache: string;
  /** The tag of the leg's newest build. */
  readonly newest: string;
  readonly log: string;
}

/**
 * The names of one variant on one platform. `cacheTemplate` is `cache{suffix}-{platform}` or the
 * user's own.
 */
export function legNames(
  variant: Pick<Variant, "name">,
  platform: Platform,
  cacheTemplate: string,
): LegNames {
  const suffix = `-${variant.name}`;
  const slug = platformSlug(platform);
  return {
    id: `${variant.name}/${formatPlatform(platform)}`,
    variant: variant.name,
    suffix,
    platform: slug,
    cache: boundedTag(fillLegTemplate(cacheTemplate, variant.name, slug)),
    newest: newestTag(variant.name, platform),
    log: boundedTag(`log${suffix}-${slug}`),
  };
}

/** The tag of the newest build of a variant on a platform. */
export function newestTag(variant: string, platform: Platform): string {
  return boundedTag(`leg-${variant}-${platformSlug(platform)}`);
}

/**
 * The tag of a staged leg: `leg-cpu-vllm-arm64-` and the first 40 hex digits of its input digest.
 */
export function stagedTag(newest: string, input: Digest): string {
  const end = `-${keptHex(input)}`;
  return `${boundedTag(newest, longestTag - end.length)}${end}`;
}

/** The hex digits of an input digest that a staged leg's tag has. */
export function keptHex(input: Digest): string {
  return hexOf(input).slice(0, keptInputHex);
}

/** Splits a staged leg's tag; undefined for any other tag. */
export function splitStagedTag(
  tag: string,
): { readonly newest: string; readonly hex: string } | undefined {
  const [, newest = "", hex = ""] = stagedPattern.exec(tag) ?? [];
  return hex === "" ? undefined : { newest, hex };
}

/**
 * A branch or pull request as part of a tag: `feature/x` becomes `feature-x-` and a hash, since
 * `feature-x` is another branch.
 */
export function refSlug(ref: string): string {
  const slug = ref.replace(/[^A-Za-z0-9_-]+/g, "-");
  return slug === ref ? slug : `${slug}-${shortHash(ref)}`;
}

/**
 * Whose an untrusted run's tags are. A branch, a tag and a pull request of one name get three
 * different names.
 */
export function ownerOf({
  pullRequest,
  branch,
  tag,
}: Pick<Context, "pullRequest" | "branch" | "tag">): string {
  if (pullRequest !== undefined) return `pr-${pullRequest.number}`;
  if (branch !== undefined) return `branch-${refSlug(branch)}`;
  return tag === undefined ? "detached" : `tag-${refSlug(tag)}`;
}

/**
 * A text as a tag of at most `limit` characters. If it has to be altered, a hash of the whole text
 * replaces its end, so that different texts stay different.
 */
export function boundedTag(text: string, limit = longestTag): string {
  if (text.length <= limit && tagPattern.test(text)) return text;
  const clean = text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "");
  const hash = shortHash(text);
  return clean === "" ? hash : `${clean.slice(0, limit - hash.length - 1)}-${hash}`;
}

function shortHash(text: string): string {
  return hexOf(digestOf(text)).slice(0, 12);
}
