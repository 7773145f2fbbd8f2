import { FormatError, RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { PlannedTag } from "../../plan/plan.ts";
import { decideMove, type IndexOrigin, type MoveDecision } from "../../plan/tags/tag-order.ts";
import type { FetchedManifest, RegistryClient } from "../../registry/client.ts";
import type { Copier } from "../../registry/copier.ts";
import type { Ancestry, PublishedTag, PublishOptions } from "./types.ts";

/** State shared by a run that publishes variants. */
export interface PublishRun {
  readonly client: RegistryClient;
  readonly copier: Copier;
  readonly options: PublishOptions;
}

/** What a tag will point at. */
export interface TagContent {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly origin: IndexOrigin;
}

/** Annotations that show which of two images is older. */
export function originOf(annotations: Readonly<Record<string, string>> | undefined): IndexOrigin {
  return {
    version: annotations?.["org.opencontainers.image.version"],
    revision: annotations?.["org.opencontainers.image.revision"],
  };
}

/** What a tag points at now; the content is undefined if we cannot read it. */
export type Standing =
  | { readonly digest: Digest; readonly fetched: FetchedManifest | undefined }
  | undefined;

/** Reads a tag: a HEAD for its digest, and the content unless it was read before. */
export async function readTag(
  run: PublishRun,
  repository: Repository,
  tag: string,
): Promise<Standing> {
  const { signal } = run.options;
  const { host, path } = repository;
  const head = await run.client.headManifest({ host, path, tag }, { signal });
  if (head === undefined) return undefined;
  const fetched = await run.copier
    .manifest(repository, head.digest, signal)
    .catch((error: unknown) => {
      // A tag may point at anything, a Docker schema 1 image or an artifact included.
      if (error instanceof FormatError) return undefined;
      throw error;
    });
  return { digest: head.digest, fetched };
}

/**
 * Whether a tag that points at `standing` should move to ours, whose digest is undefined if it is not
 * built yet.
 */
export async function decideTag(
  run: PublishRun,
  tag: PlannedTag,
  standing: Standing,
  ours: { readonly digest: Digest | undefined; readonly origin: IndexOrigin },
): Promise<MoveDecision> {
  if (standing !== undefined && standing.digest === ours.digest)
    return { move: false, reason: "the tag is up to date" };
  const current =
    standing === undefined ? undefined : originOf(standing.fetched?.manifest.content.annotations);
  const ancestry = await ancestryOf(run, tag, current, ours.origin);
  const decision = decideMove({ order: tag.order, current, ours: ours.origin, ancestry });
  if (decision.move || run.options.rollback !== true) return decision;
  return { move: true, reason: `moved back, as requested: ${decision.reason}` };
}

/** How often a tag is read again if someone else moves it between our read and our write. */
const maxLooks = 3;

/**
 * Moves a tag unless that is backwards, and reads it back. All that `content` refers to must be in
 * the repository already. With a registry that honours `If-Match`, nobody can come between the read
 * and the write; with any other, the result has what the tag points at afterwards.
 */
export async function moveTag(
  run: PublishRun,
  repository: Repository,
  tag: PlannedTag,
  content: TagContent,
): Promise<PublishedTag> {
  const { client, options } = run;
  const { signal } = options;
  const { bytes, mediaType } = content;
  const manifest = { bytes, mediaType, tag: tag.tag };
  let before: Digest | undefined;
  for (let look = 1; ; look++) {
    // Read again just before the write: copying took time, and others publish too.
    const standing = await readTag(run, repository, tag.tag);
    // The answer was lost: the write in between was our own.
    const written = look > 1 && standing?.digest === content.digest;
    const decided = await decideTag(run, tag, standing, content);
    const { move, reason } = written ? { move: true, reason: "the tag was just written" } : decided;
    if (!written) before = standing?.digest;
    const said = { tag: tag.tag, moved: move, reason, before };
    if (written || !move || options.dryRun === true) return said;
    // A registry that keeps answering 412 compares something other than digests.
    const conditions = look < maxLooks ? asItWas(standing) : {};
    try {
      await client.putManifest(repository, manifest, { signal, conditions });
    } catch (error) {
      if (error instanceof RegistryError && error.status === 412 && look < maxLooks) continue;
      throw error;
    }
    const { host, path } = repository;
    const after = await client.headManifest({ host, path, tag: tag.tag }, { signal });
    if (after?.digest === content.digest) return said;
    return { ...said, overtakenBy: after?.digest ?? null };
  }
}

/** RFC 9110, 13.1: only if the tag is still what we read. */
function asItWas(standing: Standing): Record<string, string> {
  return standing === undefined ? { "if-none-match": "*" } : { "if-match": `"${standing.digest}"` };
}

async function ancestryOf(
  run: PublishRun,
  tag: PlannedTag,
  current: IndexOrigin | undefined,
  ours: IndexOrigin,
): Promise<Ancestry> {
  if (tag.order === "none" || current?.revision === undefined || ours.revision === undefined) {
    return "unknown";
  }
  if (current.revision === ours.revision) return "same";
  return run.options.ancestry(current.revision, ours.revision);
}
