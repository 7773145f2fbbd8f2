import type { Config, PublishTarget, Variant } from "../config/config.ts";
import { formatPlatform } from "../oci/platform.ts";
import { repositoryFor } from "../config/publish.ts";
import type { Context } from "./context.ts";
import type { PlanOptions } from "./make-plan.ts";
import type { PlannedTarget, PlannedVariant } from "./plan.ts";
import { planTags } from "./tag-rules.ts";

/** Where a variant is published, under which tags, with which annotations. */
export function planVariant(
  config: Config,
  variant: Variant,
  context: Context,
  options: Pick<PlanOptions, "now" | "trust">,
): { readonly variant: PlannedVariant; readonly warnings: readonly string[] } {
  const targets = config.publish.map((target) =>
    planTarget(config, target, variant, context, options),
  );
  return {
    variant: {
      name: variant.name,
      legs: variant.platforms.map((platform) => `${variant.name}/${formatPlatform(platform)}`),
      targets: targets.map(({ target }) => target),
    },
    warnings: targets.flatMap(({ warnings }) => warnings),
  };
}

function planTarget(
  config: Config,
  target: PublishTarget,
  variant: Variant,
  context: Context,
  options: Pick<PlanOptions, "now" | "trust">,
): { readonly target: PlannedTarget; readonly warnings: readonly string[] } {
  const named = target.repository.includes("{name}");
  const suffix = named ? "" : variant.suffix;
  // What is never published needs no tags, and a pull request's branch may have a name that is none.
  const rules = options.trust.level === "untrusted" ? [] : target.tags;
  const { tags, version, warnings } = planTags(rules, target.flavor, context, {
    suffix,
    now: options.now,
    defaultBranch: config.branches.default,
  });
  return {
    target: {
      repository: repositoryFor(target, variant.name),
      tags,
      shape: target.shape,
      annotations: { ...contextAnnotations(context, version), ...target.annotations },
    },
    warnings,
  };
}

/**
 * The index's annotations (OCI image spec 1.1, annotations.md). `created` is the commit's date,
 * so that publishing the same legs at the same commit again gives the same bytes.
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
