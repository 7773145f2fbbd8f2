import { parseCacheAttributes } from "../../config/cache/cache-attributes.ts";
import { fillLegTemplate } from "../../config/template.ts";
import type { CacheConfig, Config, Variant } from "../../config/config.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { Context, Trust } from "../../trust/context.ts";
import { boundedTag, type LegNames, ownerOf, refSlug } from "../names.ts";
import type { CacheRef } from "../plan.ts";

export interface CacheScope {
  readonly cache: CacheConfig;
  readonly context: Context;
  readonly trust: Trust;
  /** `host/path`; the embedded registry's if the config names none. */
  readonly repository: string | undefined;
  readonly defaultBranch: string | undefined;
}

/**
 * The caches that a leg reads, nearest first, and those that it writes.
 *
 * The default branch's cache has the template's name. A release branch's name is appended to its
 * cache's name, so that two branches never overwrite each other; a pull request reads its base's,
 * then the default branch's. An untrusted run writes only to the scratch repository, and nothing
 * else reads that.
 */
export function cacheRefs(
  names: LegNames,
  scope: CacheScope,
): { readonly from: readonly CacheRef[]; readonly to: readonly CacheRef[] } {
  const { cache, trust } = scope;
  // A local run may be asked to write legs that others trust, so it reads no scratch either.
  const scratch = trust.level === "untrusted" ? scratchRef(names, scope) : undefined;
  const own = branchesRead(scope).map((branch) => cacheName(names.cache, branch, scope));
  const extra = cache.from.map((text) =>
    parseCacheAttributes(fillLegTemplate(text, names.suffix.slice(1), names.platform)),
  );
  const from = [
    ...(scratch === undefined ? [] : [importRef(scratch)]),
    ...own.flatMap((name) => ownImports(name, names, scope)),
    ...extra,
  ];
  return { from: unique(from), to: exportRefs(names, scope, scratch) };
}

/** The cache of a variant; undefined if it has none. */
export function cacheOfVariant(
  cache: CacheConfig,
  { cache: own }: Pick<Variant, "cache">,
): CacheConfig | undefined {
  if (own === undefined) return cache;
  if (!own.used) return undefined;
  const exportOptions = { ...cache.exportOptions, ...own.exportOptions };
  return { ...cache, exportOptions, from: own.from ?? cache.from };
}

/** The warnings about the config's cache, and about what its variants change of it. */
export function allCacheWarnings({
  cache,
  variants,
}: Pick<Config, "cache" | "variants">): readonly string[] {
  const usual = cacheWarnings(cache);
  const own = variants.flatMap((variant) => {
    const changed = variant.cache === undefined ? undefined : cacheOfVariant(cache, variant);
    const warnings = changed === undefined ? [] : cacheWarnings(changed);
    return warnings
      .filter((warning) => !usual.includes(warning))
      .map((warning) => `${variant.name}: ${warning}`);
  });
  return [...usual, ...own];
}

/**
 * Warns of options that do not do what they seem to: layers that were pushed with the image are
 * already gzip, and stay so without force-compression.
 */
export function cacheWarnings({ exportOptions }: CacheConfig): readonly string[] {
  const { compression = "gzip" } = exportOptions;
  if (compression === "gzip" || exportOptions["force-compression"] === "true") return [];
  return [
    `cache: compression: ${compression} does not change layers that are already gzip-compressed; set force-compression: true to recompress them`,
  ];
}

function exportRefs(names: LegNames, scope: CacheScope, scratch: CacheRef | undefined): CacheRef[] {
  const { cache, trust } = scope;
  if (trust.writesScratch && scratch !== undefined) return [scratch];
  if (!trust.writesCaches) return [];
  const name = cacheName(names.cache, branchWritten(scope), scope);
  const address = addressOf(name, scope, "export");
  if (address === undefined) return [];
  // The address comes first: options cannot override it.
  return [{ type: cache.type, attributes: { ...address, ...cache.exportOptions, ...address } }];
}

/** The branch whose caches this run writes; undefined: the default branch's. */
export function branchWritten({
  context,
  trust,
}: Pick<CacheScope, "context" | "trust">): string | undefined {
  return trust.level === "local" || context.tag !== undefined ? undefined : context.branch;
}

/** This run's branch, its target branch, and undefined for the default branch. */
export function branchesRead({
  context,
  trust,
}: Pick<CacheScope, "context" | "trust">): readonly (string | undefined)[] {
  if (trust.level === "local") return [undefined];
  const own = trust.level === "trusted" && context.branch !== undefined ? [context.branch] : [];
  const base = context.baseBranch === undefined ? [] : [context.baseBranch];
  return [...own, ...base, undefined];
}

/** A leg's cache on a branch, by its name on the default branch. */
export function cacheName(
  name: string,
  branch: string | undefined,
  { defaultBranch }: Pick<CacheScope, "defaultBranch">,
): string {
  if (branch === undefined || branch === defaultBranch) return name;
  return boundedTag(`${name}.${refSlug(branch)}`);
}

function ownImports(name: string, names: LegNames, scope: CacheScope): CacheRef[] {
  const { cache, repository } = scope;
  if (cache.type === "inline") {
    // An inline cache is imported from the image that carries it.
    if (repository === undefined) return [];
    return [{ type: "registry", attributes: { ref: `${repository}:${names.newest}` } }];
  }
  const address = addressOf(name, scope, "import");
  if (address === undefined) return [];
  return [{ type: cache.type, attributes: { ...address, ...cache.importOptions, ...address } }];
}

type Direction = "export" | "import";

/** How each type names one cache among others (docs.docker.com/build/cache/backends). */
function addressOf(
  name: string,
  { cache, repository }: CacheScope,
  direction: Direction,
): Record<string, string> | undefined {
  switch (cache.type) {
    case "registry":
      return repository === undefined ? undefined : { ref: `${repository}:${name}` };
    case "local":
      return {
        [direction === "export" ? "dest" : "src"]: `${localFolder(cache, direction)}/${name}`,
      };
    case "inline":
      return {};
    case "gha":
      return { scope: name };
    case "s3":
    case "azblob":
      return { name };
  }
}

/**
 * A local cache's folder has one subfolder for each leg; one of `dest` and `src` stands for both.
 */
function localFolder({ exportOptions, importOptions }: CacheConfig, direction: Direction): string {
  const { dest } = exportOptions;
  const { src } = importOptions;
  const folder = (direction === "export" ? (dest ?? src) : (src ?? dest)) ?? ".layerkeep/cache";
  return folder.replace(/\/+$/, "");
}

function scratchRef(names: LegNames, { cache, context }: CacheScope): CacheRef | undefined {
  if (cache.scratch === undefined) return undefined;
  const ref = `${formatRepository(cache.scratch)}:${boundedTag(`${names.cache}.${ownerOf(context)}`)}`;
  const options = cache.type === "registry" ? cache.exportOptions : { mode: "max" };
  return { type: "registry", attributes: { ref, ...options } };
}

function importRef(written: CacheRef): CacheRef {
  return { type: written.type, attributes: { ref: written.attributes["ref"] ?? "" } };
}

function unique(caches: readonly CacheRef[]): CacheRef[] {
  return [...new Map(caches.map((cache) => [JSON.stringify(cache), cache])).values()];
}
