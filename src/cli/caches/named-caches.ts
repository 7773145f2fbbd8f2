import type { Config } from "../../config/config.ts";
import { count } from "../../count.ts";
import { UsageError } from "../../errors.ts";
import { isFullReference } from "../../oci/reference.ts";
import { legTags } from "../../pipeline/caches/leg-tags.ts";
import type { LegNames } from "../../plan/names.ts";
import { compileNames, meant } from "../../plan/select/select-legs.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { type CacheRepository, openCacheRepository } from "./repository/cache-repository.ts";
import { cacheOfLeg } from "./repository/leg-cache.ts";

/** Caches in BuildKit's words. */
export interface NamedCaches extends AsyncDisposable {
  readonly words: readonly string[];
  /** The legs that the words are caches of; undefined for a word that named a cache itself. */
  readonly legs: readonly (LegNames | undefined)[];
  /** Undefined if no leg was named. */
  readonly repository: CacheRepository | undefined;
}

interface NamedCache {
  readonly word: string;
  readonly leg: LegNames | undefined;
}

/**
 * Turns names of legs and variants into their caches in the config's cache repository, on the
 * default branch. Whole references and `type=…` stay as they are. Throws a usage error for any other
 * word, and for a name of several legs unless names may stand for several.
 */
export async function nameCaches(
  names: readonly string[],
  config: Config | undefined,
  options: GlobalOptions & ConfigOptions & { readonly several?: boolean },
  io: Io,
): Promise<NamedCaches> {
  const legs = config === undefined ? [] : legTags(config).legs;
  const found = names.map((name) => legsOf(name, legs, options.several === true));
  const isNamed = found.some((one) => typeof one !== "string");
  const opened = isNamed ? await openCacheRepository(options, io) : undefined;
  const caches = found.flatMap((one): readonly NamedCache[] => {
    if (typeof one === "string") return [{ word: one, leg: undefined }];
    if (opened === undefined) return [];
    return one.map((leg) => ({ word: cacheOfLeg(leg, undefined, "src", opened), leg }));
  });
  return {
    words: caches.map(({ word }) => word),
    legs: caches.map(({ leg }) => leg),
    repository: opened,
    [Symbol.asyncDispose]: async () => opened?.[Symbol.asyncDispose](),
  };
}

/** The legs that a word names, or the word itself. */
function legsOf(
  word: string,
  legs: readonly LegNames[],
  several: boolean,
): readonly LegNames[] | string {
  if (word.includes("=")) return word;
  const named = legs.filter(compileNames([word]));
  const [first] = named;
  if (first !== undefined) {
    if (several || named.length === 1) return named;
    throw new UsageError(`"${word}" matches the caches of ${count(named.length, "leg")}`, {
      hint: `choose one, such as ${first.id}`,
    });
  }
  if (!isFullReference(word)) throw notFound(word, legs);
  return word;
}

/** Docker would look for it in Docker Hub, and it may as well be meant as a leg. */
function notFound(word: string, legs: readonly LegNames[]): UsageError {
  const known = [...new Set(legs.flatMap(({ id, variant }) => [variant, id]))];
  const variants = [...new Set(legs.map(({ variant }) => variant))];
  const near = legs.length === 0 ? "" : `${meant(word, known, variants, "the config")} `;
  return new UsageError(
    `"${word}" is not a cache: it is neither a leg or variant of the config nor a full reference`,
    { hint: `${near}(a full reference begins with its registry, such as ghcr.io or docker.io)` },
  );
}
