import { LayerkeepError, messageOf } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Plan, PlannedTag, PlannedTarget } from "../../plan/plan.ts";
import { withPreviewTargets } from "../../plan/caches/previews.ts";
import { Copier } from "../../registry/copier.ts";
import { publishVariants } from "./publish-variants.ts";
import { decideTag, originOf, type PublishRun, readTag } from "./tags.ts";
import type { PublishOptions, PublishResult } from "./types.ts";

/** What a run would do with a tag. */
export interface TagForecast {
  readonly variant: string;
  /** `host/path`. */
  readonly repository: string;
  readonly tag: string;
  /** What it points to now; null if it does not exist, or cannot be read. */
  readonly before: Digest | null;
  /** What it would point to; null if that image is not built yet. */
  readonly after: Digest | null;
  readonly moves: boolean;
  /** One sentence: why. */
  readonly reason: string;
}

/**
 * What publishing these variants would do, once all their legs are built. Reads the tags of the
 * targets, and writes nothing. A registry that does not answer is a reason, and no error.
 */
export async function forecastTags(
  planned: Plan,
  variants: readonly string[],
  options: Omit<PublishOptions, "variants" | "dryRun">,
): Promise<readonly TagForecast[]> {
  const plan = withPreviewTargets(planned);
  const staged = new Set(plan.legs.filter(({ action }) => action === "reuse").map(({ id }) => id));
  const wanted = plan.variants.filter(({ name }) => variants.includes(name));
  const whole = wanted.filter(({ legs }) => legs.every((leg) => staged.has(leg)));
  const exact = await forecastStaged(
    plan,
    whole.map(({ name }) => name),
    options,
  );
  const known = new Set(exact.map(({ variant }) => variant));
  const run = { client: options.client, copier: new Copier(options.client), options };
  const others = wanted
    .filter(({ name }) => !known.has(name))
    .flatMap(({ name, targets }) => targets.map((target) => ({ name, target })));
  const rest = await Promise.all(
    others.map(async ({ name, target }) =>
      Promise.all(target.tags.map((tag) => forecastTag(run, name, target, tag))),
    ),
  );
  const order = variants.indexOf.bind(variants);
  return [...exact, ...rest.flat()].sort((a, b) => order(a.variant) - order(b.variant));
}

/** Of variants whose legs are all staged: the digests are known. */
async function forecastStaged(
  plan: Plan,
  variants: readonly string[],
  options: Omit<PublishOptions, "variants" | "dryRun">,
): Promise<readonly TagForecast[]> {
  if (variants.length === 0) return [];
  return forecastOf(await publishVariants(plan, { ...options, variants, dryRun: true }));
}

/** The results of a dry run as a forecast. */
export function forecastOf(results: readonly PublishResult[]): readonly TagForecast[] {
  return results.flatMap(({ variant, targets }) =>
    targets.flatMap(({ repository, digest, tags }) =>
      tags.map(({ tag, before = null, moved, reason }) => {
        return { variant, repository, tag, before, after: digest, moves: moved, reason };
      }),
    ),
  );
}

/** Of an image that is not built yet. */
async function forecastTag(
  run: PublishRun,
  variant: string,
  { repository, annotations }: PlannedTarget,
  tag: PlannedTag,
): Promise<TagForecast> {
  const about = { variant, repository, tag: tag.tag, after: null };
  try {
    const standing = await readTag(run, parseRepository(repository), tag.tag);
    const ours = { digest: undefined, origin: originOf(annotations) };
    const { move, reason } = await decideTag(run, tag, standing, ours);
    return { ...about, before: standing?.digest ?? null, moves: move, reason };
  } catch (error) {
    if (!(error instanceof LayerkeepError) || run.options.signal?.aborted === true) throw error;
    const reason = `the tagged image cannot be read: ${messageOf(error)}`;
    return { ...about, before: null, moves: true, reason };
  }
}
