import { formatPlatform } from "../../oci/platform.ts";
import { formatRepository } from "../../oci/reference.ts";
import { isSecretName, maskSecrets } from "../../secrets.ts";
import { formatDuration } from "../../duration.ts";
import { hasDirRules } from "../cache/retention.ts";
import type { CacheConfig, Config, PublishTarget, Retention, Variant } from "../config.ts";
import { type DirConfig, systems } from "../dirs/dir-config.ts";
import { formatSize } from "../size.ts";
import type { Normaliser } from "../variants/filters.ts";
import { formatFlavor, formatTagRule } from "./tag-text.ts";

/** Texts, lists and maps in the words of the config. What is undefined is left out. */
export type Shown = string | boolean | readonly Shown[] | ShownMap;
export interface ShownMap {
  readonly [key: string]: Shown | undefined;
}

/**
 * A config after its defaults, matrix and imports, in its own words, for reading: `ci`, `jobs` and
 * `credentials` are left out, and values that look like secrets are masked. With `only`, these
 * variants alone.
 */
export function shownConfig(config: Config, only: readonly string[]): ShownMap {
  const { branches, cache, refresh, holdPins, builders, runners, logs, insecure, dirs } = config;
  const variants = config.variants.filter(({ name }) => only.length === 0 || only.includes(name));
  const shown = Object.fromEntries(
    variants.map((variant) => [variant.name, shownVariant(variant)]),
  );
  if (only.length > 0) return { variants: shown };
  return {
    branches: nonEmpty({ default: branches.default, release: list(branches.release) }),
    cache: shownCache(cache),
    refresh:
      refresh === undefined
        ? undefined
        : {
            arg: refresh.arg,
            every: refresh.command === undefined ? refresh.every : undefined,
            command: refresh.command,
          },
    pins: holdPins ? { hold: "epoch" } : undefined,
    builders: nonEmpty(builders),
    runners: nonEmpty(runners),
    logs,
    insecure: list(insecure),
    dirs: nonEmpty(Object.fromEntries(dirs.map((dir) => [dir.name, shownDir(dir)]))),
    variants: shown,
  };
}

function shownCache(cache: CacheConfig): ShownMap {
  const { repository, scratch, exportOptions, importOptions } = cache;
  return {
    repository: repository === undefined ? undefined : formatRepository(repository),
    scratch: scratch === undefined ? undefined : formatRepository(scratch),
    type: cache.type,
    tag: cache.tag,
    export: nonEmpty(masked(exportOptions)),
    import: nonEmpty(masked(importOptions)),
    from: list(cache.from.map((text) => maskSecrets(text))),
    "write-on-tags": cache.writeOnTags,
    retention: shownRetention(cache.retention),
  };
}

function shownDir({ preset, key, or, paths }: DirConfig): ShownMap {
  const isSame = systems.every((system) => paths[system].join("\n") === paths.linux.join("\n"));
  const bySystem = systems.map((system) => [system, list(paths[system])] as const);
  return {
    preset,
    key: maskSecrets(key),
    or: list(or.map((text) => maskSecrets(text))),
    paths: isSame ? list(paths.linux) : nonEmpty(Object.fromEntries(bySystem)),
  };
}

function shownRetention({ orphaned, unused, legs, maxSize, grace, dirs }: Retention): ShownMap {
  return {
    orphaned: durationText(orphaned),
    unused: durationText(unused),
    legs: numberText(legs),
    "max-size": sizeText(maxSize),
    grace: durationText(grace),
    dirs: hasDirRules(dirs)
      ? {
          "older-than": durationText(dirs.olderThan),
          "keep-last": numberText(dirs.keepLast),
          "max-size": sizeText(dirs.maxSize),
        }
      : undefined,
  };
}

function numberText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function sizeText(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : formatSize(bytes);
}

function durationText(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : formatDuration(milliseconds);
}

/** A variant with all of its keys. */
function shownVariant(variant: Variant): ShownMap {
  const { dockerfile, dockerfileInline, sbom, cache } = variant;
  const filters = variant.filters.map(({ glob, as }) => [glob, normaliserText(as)] as const);
  return {
    context: variant.context,
    dockerfile: dockerfileInline === undefined ? dockerfile : undefined,
    "dockerfile-inline": dockerfileInline,
    target: variant.target,
    platforms: variant.platforms.map(formatPlatform),
    args: nonEmpty(masked(variant.args)),
    "platform-args": nonEmpty(
      Object.fromEntries(
        Object.entries(variant.platformArgs).map(([platform, args]) => [platform, masked(args)]),
      ),
    ),
    labels: nonEmpty(masked(variant.labels)),
    contexts: nonEmpty(masked(variant.contexts)),
    secrets: list(variant.secrets),
    ssh: list(variant.ssh),
    inputs: list(variant.inputs),
    filters: nonEmpty(Object.fromEntries(filters)),
    mounts: variant.mounts === true ? true : list(variant.mounts),
    network: variant.network,
    "shm-size": variant.shmSize,
    ulimits: list(variant.ulimits),
    allow: list(variant.allow),
    "add-hosts": list(variant.addHosts),
    sbom: typeof sbom === "object" ? { generator: sbom.generator } : sbom,
    provenance: variant.provenance,
    cache:
      cache === undefined
        ? undefined
        : cache.used
          ? { ...cache.exportOptions, from: list(cache.from ?? []) }
          : false,
    runners: nonEmpty(variant.runners),
    suffix: variant.suffix,
    publish: targets(variant.publish),
    preview: targets(variant.preview),
  };
}

function targets(all: readonly PublishTarget[]): Shown | undefined {
  if (all.length === 0) return undefined;
  return all.map(
    ({ repository, tags, flavor, shape, annotations, expires }): ShownMap => ({
      repository,
      tags: tags.map(formatTagRule),
      flavor: list(formatFlavor(flavor)),
      shape: shape === "index" ? undefined : shape,
      annotations: nonEmpty(masked(annotations)),
      expires: durationText(expires),
    }),
  );
}

function normaliserText(as: Normaliser): string {
  switch (as.kind) {
    case "strip-comments":
      return as.kind;
    case "protobuf":
      return as.baseline === undefined ? as.kind : `${as.kind}:${as.baseline}`;
    case "command":
      return `command:${maskSecrets(as.command)}`;
    default:
      return `${as.kind}:${as.at}`;
  }
}

function masked(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [
      name,
      isSecretName(name) && value !== "" ? "***" : maskSecrets(value),
    ]),
  );
}

function list(items: readonly string[]): readonly string[] | undefined {
  return items.length === 0 ? undefined : items;
}

function nonEmpty(map: ShownMap): ShownMap | undefined {
  return Object.values(map).some((value) => value !== undefined) ? map : undefined;
}
