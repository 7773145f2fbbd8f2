import { formatVariantAddress } from "../../dockerfile/context-address.ts";
import { formatRepository, parseReference } from "../../oci/reference.ts";
import type { LegInputs } from "../../inputs/leg-inputs.ts";
import type { PlannedVariant } from "../plan.ts";

/**
 * A warning for each variant that uses images which other variants of the same config publish, with
 * the contexts to add: the variant is one run behind. An image with a digest does not move.
 */
export function publishedBaseWarnings(
  read: readonly LegInputs[],
  planned: readonly PlannedVariant[],
): readonly string[] {
  const publisherOf = publishers(planned);
  const found = new Map<string, Map<string, PublishedBase>>();
  for (const { recipe, stages } of read) {
    for (const { ref, line } of stages.images) {
      const { tag = "latest", digest, ...reference } = parseReference(ref);
      if (digest !== undefined) continue;
      const publisher = publisherOf(formatRepository(reference), tag);
      if (publisher === undefined || publisher === recipe.name) continue;
      const bases = found.get(recipe.name) ?? new Map<string, PublishedBase>();
      bases.set(ref, { ref, publisher, place: `${recipe.dockerfile}:${line}` });
      found.set(recipe.name, bases);
    }
  }
  return [...found].map(([name, bases]) => warningOf(name, [...bases.values()]));
}

interface PublishedBase {
  readonly ref: string;
  /** The variant that publishes it. */
  readonly publisher: string;
  /** Where the image is named. */
  readonly place: string;
}

function warningOf(name: string, bases: readonly PublishedBase[]): string {
  const images = bases.map(
    ({ ref, publisher, place }) => `${ref} (${place}), which ${publisher} publishes`,
  );
  const pairs = bases.map(
    ({ ref, publisher }) =>
      `"${ref}": "${formatVariantAddress({ name: publisher, platform: undefined })}"`,
  );
  // The name and a colon come first: by these, a run of other variants leaves the warning out.
  return `${name}: it uses ${images.join(", and ")}. Changes to a published image reach the variant one run later. To build everything in one run, add contexts: {${pairs.join(", ")}}`;
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
