import { formatRepository, parseReference } from "../oci/reference.ts";
import type { LegInputs } from "../inputs/leg-inputs.ts";
import type { PlannedVariant } from "./plan.ts";

/**
 * A warning for each variant that is built on an image that another variant of the same config
 * publishes: it uses the published image, and so is one run behind.
 */
export function publishedBaseWarnings(
  read: readonly LegInputs[],
  planned: readonly PlannedVariant[],
): readonly string[] {
  const publisherOf = publishers(planned);
  return read.flatMap(({ recipe, stages }) =>
    stages.images.flatMap(({ ref, line }) => {
      const { tag = "latest", ...reference } = parseReference(ref);
      const name = formatRepository(reference);
      const publisher = publisherOf(name, tag);
      if (publisher === undefined || publisher === recipe.name) return [];
      return `${recipe.name}: ${recipe.dockerfile}:${line}: ${ref} is published by the variant ${publisher}, and this leg is built on what is published now: after a change of ${publisher} it is one run behind`;
    }),
  );
}

/** A repository may belong to one variant, or hold several variants' tags. */
function publishers(
  planned: readonly PlannedVariant[],
): (repository: string, tag: string) => string | undefined {
  const owners = new Map<string, Set<string>>();
  for (const { name, targets } of planned) {
    for (const { repository } of targets) {
      owners.set(repository, (owners.get(repository) ?? new Set()).add(name));
    }
  }
  const tagged = new Map(
    planned.flatMap(({ name, targets }) =>
      targets.flatMap(({ repository, tags }) =>
        tags.map(({ tag }) => [`${repository}:${tag}`, name] as const),
      ),
    ),
  );
  return (repository, tag) => {
    const [owner, ...others] = owners.get(repository) ?? [];
    return others.length === 0 ? owner : tagged.get(`${repository}:${tag}`);
  };
}
