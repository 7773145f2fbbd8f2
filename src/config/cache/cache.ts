import { parseDigest } from "../../oci/digest.ts";
import { parseRepository, sameRepository } from "../../oci/reference.ts";
import { parseCacheAttributes } from "./cache-attributes.ts";
import {
  type CacheSide,
  cacheOptions,
  checkCacheValue,
  madeOptions,
  secretHint,
  secretOptions,
} from "./cache-options.ts";
import type { CacheConfig, CacheType } from "../config.ts";
import { parseConfigPath } from "../config-path.ts";
import { nearest } from "../../nearest.ts";
import type { Report } from "../schema/report.ts";
import { normaliseRetention } from "./retention.ts";
import type { RawCache } from "../schema/cache-schema.ts";
import { checkLegTemplate, fillLegTemplate, parseTagTemplate } from "../template.ts";
import type { Path } from "../yaml/yaml-file.ts";

const defaultTag = "cache{suffix}-{platform}";
const ownKeys = [
  "repository",
  "scratch",
  "type",
  "tag",
  "from",
  "write-on-tags",
  "retention",
  "export",
  "import",
] as const;

type Sides = Readonly<Record<CacheSide, Record<string, string>>>;

/** Checks `cache`; problems go to the report. */
export function normaliseCache(raw: RawCache | undefined, report: Report): CacheConfig {
  const given = typeof raw === "string" ? { repository: raw } : (raw ?? {});
  const type = given.type ?? "registry";
  const repository = repositoryAt("repository", given.repository, report);
  const scratch = repositoryAt("scratch", given.scratch, report);
  if (repository !== undefined && scratch !== undefined && sameRepository(repository, scratch)) {
    report.add(
      ["cache", "scratch"],
      "cache.scratch is the same as cache.repository",
      "untrusted runs write to scratch, so trusted runs must never read it: use another repository",
    );
  }
  const tag = report.try(["cache", "tag"], () => parseTagTemplate(given.tag ?? defaultTag));
  const from = given.from ?? [];
  from.forEach((text, index) => report.try(["cache", "from", index], () => checkFrom(text)));
  const sides = optionsOf(type, given, report);
  return {
    repository,
    scratch,
    type,
    tag: tag ?? defaultTag,
    exportOptions: sides.export,
    importOptions: sides.import,
    from,
    writeOnTags: given["write-on-tags"] === "true",
    retention: normaliseRetention(given.retention, report),
  };
}

function repositoryAt(key: "repository" | "scratch", text: string | undefined, report: Report) {
  return text === undefined ? undefined : report.try(["cache", key], () => parseRepository(text));
}

/** Throws a usage error for a text of `from` that names no cache. */
export function checkFrom(text: string): void {
  checkLegTemplate(text);
  parseCacheAttributes(fillLegTemplate(text, "x", "amd64"));
}

function optionsOf(type: CacheType, given: Exclude<RawCache, string>, report: Report): Sides {
  const sides: Sides = { export: type === "inline" ? {} : { mode: "max" }, import: {} };
  for (const [name, value] of Object.entries(given)) {
    if (ownKeys.some((key) => key === name) || typeof value !== "string") continue;
    setOption(
      type,
      name,
      value,
      { wanted: ["export", "import"], path: ["cache", name] },
      sides,
      report,
    );
  }
  for (const side of ["export", "import"] as const) {
    for (const [name, value] of Object.entries(given[side] ?? {})) {
      setOption(type, name, value, { wanted: [side], path: ["cache", side, name] }, sides, report);
    }
  }
  completeLocal(type, sides, report);
  for (const name of needed[type] ?? []) {
    if (sides.export[name] === undefined) {
      report.add(["cache"], `a cache of type ${type} needs ${name}`, undefined, "key");
    }
  }
  return sides;
}

const needed: Readonly<Partial<Record<CacheType, readonly string[]>>> = {
  local: ["dest"],
  s3: ["bucket", "region"],
  azblob: ["account_url"],
};

/** Sets an option on those of the wanted sides that have it; problems go to the report. */
export function setOption(
  type: CacheType,
  name: string,
  value: string,
  { wanted, path }: { readonly wanted: readonly CacheSide[]; readonly path: Path },
  sides: Sides,
  report: Report,
): void {
  const option = cacheOptions[type][name];
  const made = madeOptions[type]?.[name];
  if (secretOptions.has(name)) {
    report.add(path, `this file must not contain the secret ${name}`, secretHint(type), "key");
  } else if (made !== undefined) {
    report.add(
      path,
      `Layerkeep sets ${name} for each leg`,
      `set cache.${made.replace(/ .*/, "")}`,
      "key",
    );
  } else if (option === undefined || !wanted.some((side) => option.sides.includes(side))) {
    const side = wanted.length === 1 ? ` for ${wanted.join("")}` : "";
    const message = `caches of type ${type} do not support the "${name}" option${side}`;
    report.add(path, message, optionHint(type, name, wanted), "key");
  } else {
    report.try(path, () => checkCacheValue(name, value, option));
    if (name === "digest") report.try(path, () => parseDigest(value));
    for (const side of wanted) {
      if (option.sides.includes(side)) sides[side][name] = value;
    }
  }
}

function optionHint(type: CacheType, name: string, wanted: readonly CacheSide[]): string {
  const known = Object.entries(cacheOptions[type])
    .filter(([, { sides }]) => sides.some((side) => wanted.includes(side)))
    .map(([option]) => option);
  const near = nearest(name, wanted.length === 2 ? [...ownKeys, ...known] : known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const others = Object.entries(cacheOptions).filter(([, options]) => Object.hasOwn(options, name));
  if (others.length > 0) {
    return `${others.map(([other]) => other).join(", ")} ${others.length === 1 ? "has" : "have"} it; ${type} has ${known.join(", ") || "none"}`;
  }
  return known.length === 0 ? "it has no options" : `the supported options are ${known.join(", ")}`;
}

/** A local cache is read from where it is written, unless `src` is set. */
function completeLocal(type: CacheType, sides: Sides, report: Report): void {
  if (type !== "local") return;
  const { dest } = sides.export;
  if (sides.import["src"] === undefined && dest !== undefined) sides.import["src"] = dest;
  for (const [side, name] of [["export", "dest"] as const, ["import", "src"] as const]) {
    const value = sides[side][name];
    const path = report.has(["cache", side, name]) ? ["cache", side, name] : ["cache", name];
    if (value === undefined) continue;
    const normal = report.try(path, () => parseCachePath(value));
    if (normal !== undefined) sides[side][name] = normal;
  }
}

/** A folder of caches belongs to this machine, and may be absolute. */
function parseCachePath(text: string): string {
  return text.startsWith("/") ? text : parseConfigPath(text);
}
