import { UsageError } from "../../../errors.ts";
import { compileGlob } from "../../../glob.ts";
import { suggest } from "../../../nearest.ts";
import { formatRepository, sameRepository, parseReference } from "../../../oci/reference.ts";
import type { JudgedTag } from "../../../pipeline/caches/judge-tags.ts";
import { removalsOf } from "../../../pipeline/caches/choose-removals.ts";
import { compileNames } from "../../../plan/select/select-legs.ts";
import {
  type CacheRepository,
  type CacheRepositoryOptions,
  openCacheRepository,
} from "./cache-repository.ts";
import type { Io } from "../../io.ts";
import type { deleting } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { removeChosen } from "./remove-chosen.ts";

/** Deletes the tags that names or globs match, and all tags of the legs that they match. */
export async function removeNamed(
  names: readonly string[],
  options: CacheRepositoryOptions & OptionsOf<typeof deleting>,
  io: Io,
): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const { tags, judged } = await opened.survey();
  const stored = judged.filter(({ digest }) => digest !== null);
  const chosen = new Map(
    names.flatMap((name) =>
      namedBy(name, stored, opened).map((it) => [
        it.tag,
        { ...it, reason: `requested as ${name}` },
      ]),
    ),
  );
  const foreign = [...chosen.values()].find(
    ({ state, kind }) => state === "kept" && kind === "other",
  );
  const directory = [...chosen.values()].find(({ kind }) => kind === "dir");
  if (directory !== undefined) {
    throw new UsageError(`${directory.tag} is a directory cache`, {
      hint: "delete it with `layerkeep dir rm` or `layerkeep dir prune`",
    });
  }
  if (foreign !== undefined) {
    throw new UsageError(`${foreign.tag} is not a cache, staged build or log`, {
      hint: "delete images with your registry's own tools",
    });
  }
  return await removeChosen(opened, removalsOf(tags, [...chosen.values()]), options, io);
}

function namedBy(
  name: string,
  stored: readonly JudgedTag[],
  { legs, repository }: CacheRepository,
): readonly JudgedTag[] {
  const named = new Set(legs.legs.filter(compileNames([name])).map(({ id }) => id));
  if (named.size > 0) return stored.filter(({ leg }) => leg !== null && named.has(leg));
  const tag = /\/.*[:@]/.test(name) ? tagOf(name, repository) : name;
  const isTag = compileGlob(tag);
  const found = stored.filter((it) => isTag(it.tag));
  if (found.length > 0) return found;
  const known = [
    ...legs.legs.flatMap(({ id, variant }) => [variant, id]),
    ...stored.map((it) => it.tag),
  ];
  throw new UsageError(
    `"${tag}" is not a tag in ${formatRepository(repository)}, or a leg or variant in the config`,
    {
      hint: suggest(name, known),
    },
  );
}

function tagOf(name: string, repository: CacheRepository["repository"]): string {
  const reference = parseReference(name);
  if (sameRepository(reference, repository) && reference.tag !== undefined) return reference.tag;
  throw new UsageError(`${name} is not a tag in ${formatRepository(repository)}`, {
    hint: "pass a leg, or a tag in the config's cache repository (with --scratch, in its scratch repository)",
  });
}
