import { UsageError } from "../../errors.ts";
import { formatPlatform, platformSlug } from "../../oci/platform.ts";
import type { CacheConfig, PublishTarget, Refresh, Variant } from "../config.ts";
import { repositoryFor } from "../publish/publish.ts";
import { fillTemplate } from "../template.ts";
import type { PlacedVariant } from "./placed-variant.ts";

interface Shared {
  readonly variants: readonly PlacedVariant[];
  readonly cache: CacheConfig;
  readonly publish: readonly PublishTarget[];
  readonly refresh: Refresh | undefined;
}

/** The rules between parts of the config: no two variants may write to the same place. */
export function checkCollisions({ variants, cache, publish, refresh }: Shared): void {
  const names = checkNames(variants);
  checkTags(names, cache);
  checkSuffixes(names, publish);
  for (const placed of names) checkTargets(placed, publish);
  if (refresh !== undefined) {
    for (const placed of variants) checkRefresh(placed, refresh.arg);
  }
}

function checkRefresh({ variant, path, report }: PlacedVariant, arg: string): void {
  const platforms = Object.keys(variant.platformArgs);
  const places = [
    ...(arg in variant.args ? [["args"]] : []),
    ...platforms
      .filter((platform) => arg in (variant.platformArgs[platform] ?? {}))
      .map((platform) => ["platform-args", platform]),
  ];
  for (const place of places) {
    report.add(
      [...path, ...place, arg],
      `the argument ${arg} is set by refresh`,
      "leave it out here, or use another name in refresh.arg",
      "key",
    );
  }
}

function checkNames(variants: readonly PlacedVariant[]): PlacedVariant[] {
  return unique(
    variants,
    ({ variant }) => variant.name,
    (first, second) => {
      second.report.add(
        second.path,
        `the variant "${second.variant.name}" is defined twice`,
        first.path === second.path
          ? "use every key of the matrix in name"
          : `also ${first.report.where(first.path)}`,
        "key",
      );
    },
  );
}

/** A separate repository for each variant needs no suffix to distinguish them. */
function checkSuffixes(
  variants: readonly PlacedVariant[],
  publish: readonly PublishTarget[],
): void {
  const shared = publish.find(({ repository }) => !repository.includes("{name}"));
  if (shared === undefined) return;
  unique(
    variants,
    ({ variant }) => variant.suffix,
    (first, second) => {
      const [a, b] = [first.variant, second.variant];
      second.report.add(
        [...second.path, "suffix"],
        `the variants "${a.name}" and "${b.name}" have the same suffix "${a.suffix}", and would share their tags in ${shared.repository}`,
        `"${a.name}" is ${first.report.where(first.path)}`,
      );
    },
  );
}

/** `x` on windows/amd64 and `x-windows` on linux/amd64 both become `x-windows-amd64`. */
function checkTags(variants: readonly PlacedVariant[], cache: CacheConfig): void {
  for (const template of new Set([cache.tag, "leg{suffix}-{platform}"])) {
    const legs = variants.flatMap((placed) =>
      placed.variant.platforms.map((platform) => ({
        placed,
        id: `${placed.variant.name}/${formatPlatform(platform)}`,
        tag: fillTemplate(template, {
          suffix: `-${placed.variant.name}`,
          name: placed.variant.name,
          platform: platformSlug(platform),
        }),
      })),
    );
    unique(
      legs,
      ({ tag }) => tag,
      (first, second) => {
        second.placed.report.add(
          second.placed.path,
          `the legs ${first.id} and ${second.id} would share the tag ${second.tag}`,
          "rename one of the variants",
          "key",
        );
      },
    );
  }
}

function checkTargets(
  { variant, path, report }: PlacedVariant,
  publish: readonly PublishTarget[],
): void {
  for (const target of publish) {
    const check = () => {
      repositoryFor(target, variant.name);
      checkPlatforms(variant, target);
    };
    report.try(path, check, "key");
  }
}

function checkPlatforms(variant: Variant, target: PublishTarget): void {
  if (target.shape === "manifest" && variant.platforms.length > 1) {
    throw new UsageError(
      `the variant "${variant.name}" has ${variant.platforms.length} platforms, but is published to ${target.repository} as a manifest`,
      { hint: "shape: manifest supports one platform: remove it, or build only one" },
    );
  }
}

function unique<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  clash: (first: T, second: T) => void,
): T[] {
  const seen = new Map<string, T>();
  for (const item of items) {
    const first = seen.get(keyOf(item));
    if (first === undefined) seen.set(keyOf(item), item);
    else clash(first, item);
  }
  return [...seen.values()];
}
