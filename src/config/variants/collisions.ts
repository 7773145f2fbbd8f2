import { count } from "../../count.ts";
import { UsageError } from "../../errors.ts";
import { formatPlatform, platformSlug } from "../../oci/platform.ts";
import type { CacheConfig, PublishTarget, TagRule, Variant } from "../config.ts";
import { affixesOf } from "../publish/flavor.ts";
import { fillLegTemplate } from "../template.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { PlacedVariant } from "./placed-variant.ts";

interface Shared {
  readonly variants: readonly PlacedVariant[];
  readonly cache: CacheConfig;
}

/** The rules between parts of the config: no two variants may write to the same place. */
export function checkCollisions({ variants, cache }: Shared): void {
  const names = checkNames(variants);
  checkTags(names, cache);
  checkRules(names);
  for (const placed of names) checkTargets(placed);
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
          ? "use all keys of the matrix in name"
          : `it is also defined ${first.report.where(first.path)}`,
        "key",
      );
    },
  );
}

/** In one repository, no tag rule may give two variants the same tags. */
function checkRules(variants: readonly PlacedVariant[]): void {
  const rules = variants.flatMap((placed) =>
    (["publish", "preview"] as const).flatMap((key) =>
      placed.variant[key].flatMap((target) =>
        target.tags
          .filter(({ enable }) => enable !== "false")
          .map((rule) => ({ placed, key, target, ...textOf(rule, target) })),
      ),
    ),
  );
  unique(
    rules,
    ({ text }) => text,
    (first, second) => {
      const [a, b] = [first.placed.variant.name, second.placed.variant.name];
      if (a === b) return;
      const { repository, suffix } = second.target;
      const { path, report } = second.placed;
      const at = `"${a}" is defined ${first.placed.report.where(first.placed.path)}`;
      if (second.named || suffix === "") {
        const hint = `add {name} to the rule; ${at}`;
        const own: Path = [...path, second.key];
        report.add(
          report.has(own) ? own : path,
          `the variants "${a}" and "${b}" would publish the same tags to ${repository}: both have the same tag rule`,
          hint,
          "key",
        );
        return;
      }
      report.add(
        [...path, "suffix"],
        `the variants "${a}" and "${b}" have the same suffix "${suffix}" and would publish the same tags to ${repository}`,
        at,
      );
    },
  );
}

/** All that a rule's tags are made of, whenever it is enabled. */
function textOf(
  rule: TagRule,
  { repository, suffix, flavor }: PublishTarget,
): { readonly text: string; readonly named: boolean } {
  const affixes = affixesOf(rule, flavor);
  const { named } = affixes;
  const made = { ...rule, enable: undefined, priority: undefined, ...affixes };
  const parts = [repository, made, named ? "" : suffix];
  return { text: JSON.stringify(parts), named };
}

/** `x` on windows/amd64 and `x-windows` on linux/amd64 both become `x-windows-amd64`. */
function checkTags(variants: readonly PlacedVariant[], cache: CacheConfig): void {
  for (const template of new Set([cache.tag, "leg{suffix}-{platform}"])) {
    const legs = variants.flatMap((placed) =>
      placed.variant.platforms.map((platform) => ({
        placed,
        id: `${placed.variant.name}/${formatPlatform(platform)}`,
        tag: fillLegTemplate(template, placed.variant.name, platformSlug(platform)),
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

function checkTargets({ variant, path, report }: PlacedVariant): void {
  for (const target of variant.publish) {
    report.try(path, () => checkPlatforms(variant, target), "key");
  }
}

function checkPlatforms(variant: Variant, target: PublishTarget): void {
  if (target.shape === "manifest" && variant.platforms.length > 1) {
    throw new UsageError(
      `the variant "${variant.name}" has ${count(variant.platforms.length, "platform")}, but is published to ${target.repository} as a manifest`,
      {
        hint: "remove shape: manifest, which supports only one platform, or build for one platform",
      },
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
