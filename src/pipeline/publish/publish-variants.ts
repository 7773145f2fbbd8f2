import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import type { Plan, PlannedVariant } from "../../plan/plan.ts";
import { hasPreviews, withPreviewTargets } from "../../plan/caches/previews.ts";
import { meant, unmatched } from "../../plan/select/select-legs.ts";
import { Copier } from "../../registry/copier.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { publishVariant } from "./publish-variant.ts";
import type { PublishOptions, PublishResult } from "./types.ts";

export type {
  PublishedTag,
  PublishedTarget,
  PublishEvent,
  PublishOptions,
  PublishResult,
} from "./types.ts";

/** Variants published at once: enough to keep every connection busy. */
const variantsAtOnce = 24;

/**
 * Joins each variant's staged legs into one image in every target, and moves the tags, never
 * backwards. In an untrusted run, only the previews. Resolves only the staged tags. A variant that
 * fails does not stop the others: its result carries the error. Safe to kill at any point and to run
 * again; a tag never points at an incomplete image.
 *
 * Throws a usage error, before reading anything, if the plan's trust does not allow publishing, or
 * for a named variant that the plan does not have, or has no target for.
 */
export async function publishVariants(
  planned: Plan,
  options: PublishOptions,
): Promise<PublishResult[]> {
  const plan = withPreviewTargets(planned);
  if (!plan.trust.publishes && !hasPreviews(plan) && options.dryRun !== true) {
    throw new UsageError(`this run is not allowed to publish: ${plan.trust.reason}`, {
      hint: "publish from the default branch, a release branch or a tag on one of them. To publish from this machine, pass --write",
    });
  }
  const variants = chosen(plan, options.variants);
  const run = {
    client: options.client,
    copier: new Copier(options.client),
    options: once(options),
  };
  const limit = createLimit(variantsAtOnce);
  return Promise.all(variants.map((variant) => limit(() => publishVariant(run, plan, variant))));
}

/**
 * The variants that names and globs select; none if there are none. Of what a glob matches, those
 * that cannot be published are left out, if others can. Throws a usage error for what matches
 * nothing.
 */
export function variantsNamed(
  { variants }: Pick<Plan, "variants">,
  names: readonly string[],
): readonly string[] {
  const known = variants.map(({ name }) => name);
  const problems = unmatched(names, known).map((name) => ({
    message: `the plan has no variant "${name}"`,
    hint: meant(name, known, known, "the plan"),
  }));
  if (problems.length > 0) throw new UsageError(problems);
  const published = new Set(
    variants.filter(({ targets }) => targets.length > 0).map(({ name }) => name),
  );
  const selected = names.flatMap((name) => {
    const matching = known.filter(compileGlob(name));
    const publishable = matching.filter((one) => published.has(one));
    return publishable.length > 0 ? publishable : matching;
  });
  return [...new Set(selected)];
}

function chosen(plan: Plan, given: readonly string[] = []): readonly PlannedVariant[] {
  const published = plan.variants.filter(({ targets }) => targets.length > 0);
  if (given.length === 0) return published;
  const names = variantsNamed(plan, given);
  const unpublished = plan.variants.filter(
    ({ name, targets }) => targets.length === 0 && names.includes(name),
  );
  if (unpublished.length > 0) {
    throw new UsageError(
      unpublished.map(({ name }) => ({
        message: `the variant "${name}" cannot be published: it has no publish target`,
      })),
      { hint: "add `publish` to the variant, and set the repository to publish to" },
    );
  }
  return published.filter(({ name }) => names.includes(name));
}

/** Comparing two commits may fetch history: each pair is compared once. */
function once(options: PublishOptions): PublishOptions {
  const known = new Map<string, ReturnType<PublishOptions["ancestry"]>>();
  return {
    ...options,
    ancestry: (a, b) => {
      const answer = known.get(`${a} ${b}`) ?? options.ancestry(a, b);
      known.set(`${a} ${b}`, answer);
      return answer;
    },
  };
}
