import { posix } from "node:path";
import type { Settings } from "../../lint/model/operation.ts";
import type { RepositoryFacts } from "../events/sample-event.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";

/**
 * The repository for caches: that of the old ones, if its name says that it is for caches, or else
 * one beside the images; in the project's own registry if they are there. Of a repository with
 * another name the images may be in it, by tags that could not be read. Undefined if
 * nothing says where that could be.
 */
export function cacheRepositoryOf(
  published: readonly string[],
  oldCaches: readonly string[],
  { registry, cache }: Pick<RepositoryFacts, "registry" | "cache">,
): string | undefined {
  const own = oldCaches.find(
    (repository) => !published.includes(repository) && /cache/i.test(posix.basename(repository)),
  );
  if (own !== undefined) return own;
  const isOwn = published.some((one) => registry !== undefined && one.startsWith(registry));
  if (cache !== undefined && (published.length === 0 || isOwn)) return cache;
  const [first] = published;
  if (first === undefined) return undefined;
  const isOne = new Set(published.map((repository) => posix.basename(repository))).size === 1;
  return isOne ? `${first}-cache` : `${posix.dirname(first)}/cache`;
}

/** The repositories of caches of type `registry`. */
export function registryCaches(caches: readonly Settings[]): readonly string[] {
  return caches.flatMap(({ type, attributes }) => {
    const ref = type === "registry" ? attributes.get("ref")?.text : undefined;
    // The tag may have parts that only a run can tell.
    const name = ref?.replace(/:[^/]*$/, "");
    try {
      return name === undefined ? [] : [formatRepository(parseRepository(name))];
    } catch {
      return [];
    }
  });
}
