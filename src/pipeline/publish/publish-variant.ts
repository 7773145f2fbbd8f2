import { messageOf } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { parseRepository, type Repository, sameRepository } from "../../oci/reference.ts";
import type { Plan, PlannedTag, PlannedTarget, PlannedVariant } from "../../plan/plan.ts";
import { type CopyOptions, GoneError, lacksParts } from "../../registry/copier.ts";
import { type Image, joinLegs, type Part } from "./image.ts";
import { namingLegs, requireBlobs } from "./lost-parts.ts";
import { type ResolvedLeg, resolveStaged } from "../stage/resolve-leg.ts";
import { legOf, requireParents } from "./require-parents.ts";
import {
  decideTag,
  moveTag,
  originOf,
  type PublishRun,
  readTag,
  type Standing,
  type TagContent,
} from "./tags.ts";
import type { PublishedTag, PublishedTarget, PublishResult } from "./types.ts";

/** How often a variant is tried if content vanishes meanwhile, from the source or a target. */
const maxAttempts = 3;

/** A target of the plan, and its repository. */
interface Place {
  readonly target: PlannedTarget;
  readonly repository: Repository;
}

/** One target of a variant, and the work on it. */
interface Job extends Place {
  /** The legs that make up the image. */
  readonly legs: readonly ResolvedLeg[];
  readonly image: Image;
  readonly copied: { mounted: number; sent: number; bytes: number };
}

/** Publishes one variant to all its targets. Never throws: the result carries the error. */
export async function publishVariant(
  run: PublishRun,
  plan: Plan,
  variant: PlannedVariant,
): Promise<PublishResult> {
  const { onEvent } = run.options;
  onEvent({ kind: "started", variant: variant.name });
  const result = await publish(run, plan, variant).catch((error: unknown) => ({
    variant: variant.name,
    digest: undefined,
    targets: [],
    error: asError(error),
  }));
  onEvent({ kind: "ended", variant: variant.name, result });
  return result;
}

async function publish(
  run: PublishRun,
  plan: Plan,
  variant: PlannedVariant,
): Promise<PublishResult> {
  const places = variant.targets.map((target) => ({
    target,
    repository: parseRepository(target.repository),
  }));
  const standing = readStanding(run, places);
  standing.catch(() => undefined);
  const jobs = await prepare(run, plan, variant, { places, standing });
  // No tag moves before everything is in every target.
  const moved = await Promise.all(jobs.map((job) => moveTags(run, variant.name, job)));
  return {
    variant: variant.name,
    digest: jobs[0]?.image.digest,
    targets: moved.map(({ target }) => target),
    error: moved.map(({ error }) => error).find((error) => error !== undefined),
  };
}

/** What each target's tags point at, in the order of the plan. */
function readStanding(run: PublishRun, places: readonly Place[]): Promise<Standing[][]> {
  return Promise.all(
    places.map(({ target, repository }) =>
      Promise.all(target.tags.map(({ tag }) => readTag(run, repository, tag))),
    ),
  );
}

/** Resolves the legs and copies all that the images refer to into every target. */
async function prepare(
  run: PublishRun,
  plan: Plan,
  variant: PlannedVariant,
  {
    places,
    standing,
  }: { readonly places: readonly Place[]; readonly standing: Promise<Standing[][]> },
): Promise<Job[]> {
  const { client, options } = run;
  let legs: readonly ResolvedLeg[] = [];
  for (let attempt = 1; ; attempt++) {
    try {
      const planned = variant.legs.map((id) => legOf(plan, id));
      const resolved = await Promise.all(
        planned.map(async (leg) => {
          const found = await resolveStaged(client, leg, options.signal);
          const { id, digest } = found;
          options.onEvent({ kind: "resolved", variant: variant.name, leg: id, digest });
          return found;
        }),
      );
      legs = resolved;
      await requireParents(run, plan, variant);
      const jobs = places.map((place) => jobOf(variant.name, resolved, place));
      const tags = await standing;
      const filled = jobs.map((job, index) => fill(run, variant.name, job, tags[index] ?? []));
      const failed = (await Promise.allSettled(filled)).find((r) => r.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      return jobs;
    } catch (error) {
      const lost = error instanceof GoneError || lacksParts(error);
      if (!lost || attempt >= maxAttempts) throw await namingLegs(run, legs, error);
      options.signal?.throwIfAborted();
      for (const { repository } of places) run.copier.forget(repository);
      options.onEvent({ kind: "again", variant: variant.name, reason: messageOf(error) });
    }
  }
}

function jobOf(variant: string, legs: readonly ResolvedLeg[], place: Place): Job {
  return {
    ...place,
    legs,
    image: joinLegs(variant, legs, place.target),
    copied: { mounted: 0, sent: 0, bytes: 0 },
  };
}

/** Copies into a target what its image refers to, if any of its tags will move. */
async function fill(
  run: PublishRun,
  variant: string,
  job: Job,
  standing: readonly Standing[],
): Promise<void> {
  const { image, target } = job;
  if (run.options.dryRun === true) return;
  const content = { digest: image.digest, origin: originOf(target.annotations) };
  const decisions = await Promise.all(
    target.tags.map((tag, index) => decideTag(run, tag, standing[index], content)),
  );
  const isThere = standing.some((found) => found?.digest === image.digest);
  if (!isThere && !decisions.some(({ move }) => move)) return;
  if (image.shape === "manifest" && isThere) return;
  await bring(run, variant, job, heldBy(standing));
}

/**
 * Copies all that the image refers to. For parts that `known` has, checks first whether they are
 * there.
 */
async function bring(
  run: PublishRun,
  variant: string,
  job: Job,
  known: ReadonlySet<Digest>,
): Promise<void> {
  const { image, repository } = job;
  const options = copyOptions(run, variant, job);
  if (image.shape === "manifest") {
    const { source, descriptor } = image.part;
    if (sameRepository(source, repository)) await requireBlobs(run, source, descriptor.digest);
    await run.copier.content(source, descriptor.digest, repository, options);
    return;
  }
  const { signal } = run.options;
  const bringPart = async ({ source, descriptor }: Part): Promise<void> => {
    const { digest } = descriptor;
    // An index that a tag points at should be complete; a check costs less than a copy.
    const { host, path } = repository;
    const there =
      known.has(digest) && (await run.client.headManifest({ host, path, digest }, { signal }));
    if (there) return;
    if (sameRepository(source, repository)) await requireBlobs(run, source, digest);
    await run.copier.tree(source, digest, repository, options);
  };
  const results = await Promise.allSettled(image.parts.map(bringPart));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function heldBy(standing: readonly Standing[]): ReadonlySet<Digest> {
  return new Set(
    standing.flatMap((found) => {
      const manifest = found?.fetched?.manifest;
      return manifest?.kind === "index" ? manifest.content.manifests.map((m) => m.digest) : [];
    }),
  );
}

function copyOptions(run: PublishRun, variant: string, job: Job): CopyOptions {
  return {
    signal: run.options.signal,
    onBlob: ({ how, descriptor }) => {
      if (how === "mounted") job.copied.mounted++;
      if (how === "copied") {
        job.copied.sent++;
        job.copied.bytes += descriptor.size;
      }
      const bytes = descriptor.size;
      const { repository } = job.target;
      run.options.onEvent({ kind: "blob", variant, repository, how, bytes });
    },
  };
}

/** Moves all tags of a target at once; one that fails does not stop the others. */
async function moveTags(
  run: PublishRun,
  variant: string,
  job: Job,
): Promise<{ target: PublishedTarget; error: Error | undefined }> {
  const { target, image, copied } = job;
  const content = await contentOf(run, job);
  const results = await Promise.allSettled(
    target.tags.map(async (tag) => {
      const moved = await moveOrBring(run, variant, job, tag, content);
      run.options.onEvent({ kind: "tag", variant, repository: target.repository, tag: moved });
      return moved;
    }),
  );
  const tags: PublishedTag[] = [];
  let error: Error | undefined;
  for (const result of results) {
    if (result.status === "fulfilled") tags.push(result.value);
    else error ??= asError(result.reason);
  }
  const done = {
    repository: target.repository,
    digest: image.digest,
    tags,
    blobsMounted: copied.mounted,
    blobsCopied: copied.sent,
    bytesCopied: copied.bytes,
  };
  return { target: done, error };
}

/** Moves a tag. If the target has lost parts of the image meanwhile, copies them again. */
async function moveOrBring(
  run: PublishRun,
  variant: string,
  job: Job,
  tag: PlannedTag,
  content: TagContent,
): Promise<PublishedTag> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await moveTag(run, job.repository, tag, content);
    } catch (error) {
      if (!lacksParts(error) || attempt >= maxAttempts) throw error;
      run.options.signal?.throwIfAborted();
      run.options.onEvent({ kind: "again", variant, reason: messageOf(error) });
      run.copier.forget(job.repository);
      await bring(run, variant, job, new Set()).catch(async (gone: unknown) => {
        throw await namingLegs(run, job.legs, gone);
      });
    }
  }
}

async function contentOf(run: PublishRun, { image, target }: Job): Promise<TagContent> {
  const origin = originOf(target.annotations);
  if (image.shape === "index") {
    const { digest, bytes } = image;
    return { digest, bytes, mediaType: mediaTypes.ociIndex, origin };
  }
  const { source, descriptor } = image.part;
  const { bytes, manifest } = await run.copier.manifest(
    source,
    descriptor.digest,
    run.options.signal,
  );
  return { digest: image.digest, bytes, mediaType: manifest.mediaType, origin };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
