import type { Config, PublishTarget, Variant } from "../config/config.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Context } from "../trust/context.ts";
import { publishesPreviews } from "../trust/previews.ts";
import type { PlanOptions } from "./plan-options.ts";
import { publishedAnnotation } from "./caches/previews.ts";
import type { PlannedTarget, PlannedVariant } from "./plan.ts";
import { planTags, type TagPlan } from "./tags/tag-rules.ts";

/** Where a variant is published, under which tags, with which annotations. */
export function planVariant(
  config: Config,
  variant: Variant,
  context: Context,
  options: Pick<PlanOptions, "now" | "trust">,
): { readonly variant: PlannedVariant; readonly warnings: readonly string[] } {
  const { now, trust } = options;
  const isUntrusted = trust.level === "untrusted";
  const defaultBranch = config.branches.default;
  const tagsOf = ({ tags, flavor, suffix }: PublishTarget): TagPlan =>
    planTags(tags, flavor, context, { suffix, now, defaultBranch });
  // What is not published needs no tags, and a pull request's branch may be no valid tag.
  const published = planTargets(
    variant.publish,
    (target) => tagsOf(isUntrusted ? { ...target, tags: [] } : target),
    context,
  );
  const previews = planTargets(publishesPreviews(trust) ? variant.preview : [], tagsOf, context);
  const stamp = { [publishedAnnotation]: now.toISOString() };
  return {
    variant: {
      name: variant.name,
      legs: variant.platforms.map((platform) => `${variant.name}/${formatPlatform(platform)}`),
      targets: published.targets,
      previews: previews.targets.map((target) => ({
        ...target,
        annotations: { ...target.annotations, ...stamp },
      })),
    },
    warnings: [...published.warnings, ...previews.warnings],
  };
}

function planTargets(
  targets: readonly PublishTarget[],
  tagsOf: (target: PublishTarget) => TagPlan,
  context: Context,
): { readonly targets: readonly PlannedTarget[]; readonly warnings: readonly string[] } {
  const tagged = targets.map(tagsOf);
  // One version for all targets, whatever their tag rules, so that the indexes have the same bytes.
  const version = tagged.find((tags) => tags.version !== undefined)?.version;
  const annotations = contextAnnotations(context, version);
  return {
    targets: targets.map((target, index) => ({
      repository: target.repository,
      tags: tagged[index]?.tags ?? [],
      shape: target.shape,
      annotations: { ...annotations, ...target.annotations },
    })),
    warnings: tagged.flatMap(({ warnings }) => warnings),
  };
}

/**
 * The index's annotations (OCI image spec 1.1, annotations.md). `created` is the commit's date, so
 * that publishing the same legs at the same commit again produces the same bytes.
 */
function contextAnnotations(context: Context, version: string | undefined): Record<string, string> {
  const { source, head, commitDate } = context;
  const pairs = {
    "org.opencontainers.image.created": commitDate,
    "org.opencontainers.image.revision": head === "" ? undefined : head,
    "org.opencontainers.image.source": source,
    "org.opencontainers.image.version": version,
  };
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
