import { UsageError } from "../../errors.ts";
import { platformSlug } from "../../oci/platform.ts";
import { formatRepository, parseReference } from "../../oci/reference.ts";
import { parseCacheAttributes } from "../cache/cache-attributes.ts";
import type { CacheConfig } from "../config.ts";
import { fillLegTemplate } from "../template.ts";
import type { PlacedVariant } from "../variants/placed-variant.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** A repository that trusted runs read or write, and what it is. */
interface Taken {
  readonly repository: string;
  readonly what: string;
}

/** What pull requests write must be in no repository that a trusted run reads or writes. */
export function checkPreviews(placed: readonly PlacedVariant[], cache: CacheConfig): void {
  if (placed.every(({ variant }) => variant.preview.length === 0)) return;
  const taken = [
    ...takenByCaches(cache),
    ...takenByReading(placed, cache),
    ...takenByPublishing(placed),
  ];
  const seen = new Set<string>();
  for (const { variant, path, report } of placed) {
    for (const { repository } of variant.preview) {
      const other = taken.find((one) => isInside(repository, one.repository));
      if (other === undefined || seen.has(repository)) continue;
      seen.add(repository);
      const how = repository === other.repository ? "is" : `is below ${other.repository},`;
      const places: Path[] = [[...path, "preview"], ["defaults", "preview"], ["preview"]];
      report.add(
        places.find((at) => report.has(at)) ?? path,
        `the preview repository ${repository} ${how} ${other.what}`,
        previewHint,
      );
    }
  }
}

export const previewHint =
  "untrusted runs write previews: set a repository that nothing else uses, such as quay.io/acme/app-preview";

/** Whether one repository is the other, or below it. */
export function isInside(repository: string, other: string): boolean {
  return repository === other || repository.startsWith(`${other}/`);
}

function takenByCaches({ repository, scratch }: CacheConfig): Taken[] {
  const own = repository === undefined ? [] : [{ repository, what: "the cache repository" }];
  const shared = scratch === undefined ? [] : [{ repository: scratch, what: "cache.scratch" }];
  return [...own, ...shared].map((one) => ({
    ...one,
    repository: formatRepository(one.repository),
  }));
}

/** The further caches of each leg. */
function takenByReading(placed: readonly PlacedVariant[], cache: CacheConfig): Taken[] {
  const readers = new Map<string, string>();
  for (const { variant } of placed) {
    const { used = true, from = cache.from } = variant.cache ?? {};
    const reader = from === cache.from ? "cache.from" : variant.name;
    const texts = used
      ? variant.platforms.flatMap((platform) =>
          from.map((text) => fillLegTemplate(text, variant.name, platformSlug(platform))),
        )
      : [];
    for (const text of texts) if (!readers.has(text)) readers.set(text, reader);
  }
  return [...readers].flatMap(([text, reader]): Taken[] => {
    const repository = repositoryRead(text);
    return repository === undefined ? [] : [{ repository, what: `read as a cache by ${reader}` }];
  });
}

function takenByPublishing(placed: readonly PlacedVariant[]): Taken[] {
  return placed.flatMap(({ variant: { name, publish } }) =>
    publish.map(({ repository }) => ({ repository, what: `where ${name} is published` })),
  );
}

/** Undefined for a cache of another type. What is wrong in the text is reported elsewhere. */
function repositoryRead(text: string): string | undefined {
  try {
    const { type, attributes } = parseCacheAttributes(text);
    const { ref = "" } = attributes;
    if (type !== "registry") return undefined;
    return formatRepository(parseReference(ref));
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
