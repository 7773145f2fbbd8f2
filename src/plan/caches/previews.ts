import type { Config } from "../../config/config.ts";
import { isInside, previewHint } from "../../config/publish/check-previews.ts";
import { UsageError } from "../../errors.ts";
import { type MovingInput } from "../../inputs/moving/pins.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { formatRepository, parseReference } from "../../oci/reference.ts";
import type { Context } from "../../trust/context.ts";
import { publishesPreviews } from "../../trust/previews.ts";
import { newestTag, ownerOf, stagedTag } from "../names.ts";
import type { Plan, PlannedLeg, PlannedTarget, PlannedVariant } from "../plan.ts";

/** The annotation with the time at which a preview was published, in RFC 3339. */
export const publishedAnnotation = "org.layerkeep.preview.published";

/** A plan whose variants' targets are the previews, if the run that made it publishes those. */
export function withPreviewTargets(plan: Plan): Plan {
  if (!hasPreviews(plan)) return plan;
  const variants = plan.variants.map((variant) => ({ ...variant, targets: variant.previews }));
  return { ...plan, variants };
}

/** Whether a plan publishes previews. */
export function hasPreviews({ trust, variants }: Pick<Plan, "trust" | "variants">): boolean {
  return publishesPreviews(trust) && variants.some(({ previews }) => previews.length > 0);
}

/** The plan without the previews to which `keep` gives false. */
export function keepPreviews(
  plan: Plan,
  keep: (target: PlannedTarget, variant: PlannedVariant) => boolean,
): Plan {
  const variants = plan.variants.map((variant) => ({
    ...variant,
    previews: variant.previews.filter((target) => keep(target, variant)),
  }));
  return { ...plan, variants, legs: plan.legs.map((leg) => namePreview(leg, variants, plan)) };
}

/** A leg with the reference under which it is staged for the first of its variant's previews. */
export function namePreview(
  leg: PlannedLeg,
  variants: readonly PlannedVariant[],
  { context }: { readonly context: Context },
): PlannedLeg {
  const variant = variants.find(({ name }) => name === leg.variant);
  const target = variant?.previews.find(({ tags }) => tags.length > 0);
  if (target === undefined) return { ...leg, preview: null };
  const newest = newestTag(leg.variant, parsePlatform(leg.platform));
  const tag = stagedTag(`${ownerOf(context)}--${newest}`, leg.input.digest);
  return { ...leg, preview: `${target.repository}:${tag}` };
}

/** Throws a usage error if a build reads an image from a preview repository. */
export function refusePreviewImages(
  { variants, file }: Pick<Config, "variants" | "file">,
  inputs: readonly MovingInput[],
): void {
  const previews = variants.flatMap(({ preview }) => preview.map(({ repository }) => repository));
  if (previews.length === 0) return;
  const problems = inputs.flatMap(({ kind, ref }) => {
    if (kind !== "image" && kind !== "syntax") return [];
    const repository = formatRepository(parseReference(ref));
    const preview = previews.find((one) => isInside(one, repository) || isInside(repository, one));
    if (preview === undefined) return [];
    return [`a build uses the image ${ref}, but ${preview} is a preview repository`];
  });
  if (problems.length === 0) return;
  throw new UsageError(
    [...new Set(problems)].map((message) => ({ file, message })),
    { hint: previewHint },
  );
}
