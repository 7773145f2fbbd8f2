import { UsageError } from "../../../errors.ts";
import { suggest } from "../../../nearest.ts";
import { formatRepository, sameRepository, parseReference } from "../../../oci/reference.ts";
import type { JudgedTag } from "../../../pipeline/caches/judge-tags.ts";
import { removalsOf } from "../../../pipeline/caches/choose-removals.ts";
import {
  type CacheRepository,
  type CacheRepositoryOptions,
  openCacheRepository,
} from "../../caches/cache-repository.ts";
import type { Io } from "../../io.ts";
import { removeChosen } from "../../caches/remove-chosen.ts";

export interface CacheRmOptions extends CacheRepositoryOptions {
  readonly yes?: boolean;
}

/** Deletes the tags that are named, and all tags of legs that are. */
export async function runCacheRm(
  names: readonly string[],
  options: CacheRmOptions,
  io: Io,
): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const { tags, judged } = await opened.survey();
  const standing = judged.filter(({ digest }) => digest !== null);
  const chosen = new Map(
    names.flatMap((name) =>
      namedBy(name, standing, opened).map((it) => [it.tag, { ...it, reason: `${name} was named` }]),
    ),
  );
  const foreign = [...chosen.values()].find(
    ({ state, kind }) => state === "kept" && kind === "other",
  );
  if (foreign !== undefined) {
    throw new UsageError(`${foreign.tag} is no cache, staged build or log`, {
      hint: "delete images with your registry's own tools",
    });
  }
  return await removeChosen(opened, removalsOf(tags, [...chosen.values()]), options, io);
}

function namedBy(
  name: string,
  standing: readonly JudgedTag[],
  { legs, repository }: CacheRepository,
): readonly JudgedTag[] {
  if (legs.legs.some(({ id }) => id === name)) return standing.filter(({ leg }) => leg === name);
  const tag = /\/.*[:@]/.test(name) ? tagOf(name, repository) : name;
  const found = standing.filter((it) => it.tag === tag);
  if (found.length > 0) return found;
  const known = [...legs.legs.map(({ id }) => id), ...standing.map((it) => it.tag)];
  throw new UsageError(
    `${formatRepository(repository)} has no tag "${tag}", and the config no such leg`,
    {
      hint: suggest(name, known),
    },
  );
}

function tagOf(name: string, repository: CacheRepository["repository"]): string {
  const reference = parseReference(name);
  if (sameRepository(reference, repository) && reference.tag !== undefined) return reference.tag;
  throw new UsageError(`${name} is no tag of ${formatRepository(repository)}`, {
    hint: "name a leg, a tag of the config's cache repository, or, with --scratch, of the scratch one",
  });
}
