import { posix } from "node:path";
import { defined } from "./raw-variant.ts";
import type { NamedVariant, Raw, RawMap } from "../raw-config.ts";

/** What variants have in common is written once. */
export interface Shared {
  readonly publish: Raw | undefined;
  readonly defaults: RawMap | undefined;
  readonly variants: readonly NamedVariant[];
}

export function shareKeys(variants: readonly NamedVariant[]): Shared {
  const { publish, variants: rest } = sharePublish(byName(variants));
  if (rest.length < 2) return { publish, defaults: undefined, variants: rest };
  const defaults: Record<string, Raw> = {};
  for (const key of sharedKeys) {
    const [first] = rest;
    const value = first?.raw[key];
    if (value !== undefined && rest.every(({ raw }) => same(raw[key], value))) {
      defaults[key] = value;
    }
  }
  const args = commonArgs(rest);
  if (defaults["args"] === undefined && args !== undefined) defaults["args"] = args;
  return {
    publish,
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    variants: rest.map(({ name, raw }) => ({ name, raw: without(raw, defaults) })),
  };
}

const sharedKeys = [
  ...["dockerfile", "context", "target", "platforms", "args", "labels", "contexts", "secrets"],
  ...["ssh", "network", "shm-size", "ulimits", "allow", "add-hosts", "sbom"],
];

/** A repository that ends with its variant's name has `{name}`, if that is so for all of them. */
function byName(variants: readonly NamedVariant[]): readonly NamedVariant[] {
  const targetsOf = ({ raw }: NamedVariant): readonly Raw[] =>
    Array.isArray(raw["publish"]) ? (raw["publish"] as readonly Raw[]) : [];
  const publishing = variants.filter((variant) => targetsOf(variant).length > 0);
  const named = publishing.every((variant) =>
    targetsOf(variant).every((target) => posix.basename(repositoryIn(target)) === variant.name),
  );
  if (!named || publishing.length < 2) return variants;
  return variants.map((variant) => {
    const targets = targetsOf(variant);
    if (targets.length === 0) return variant;
    const publish = targets.map((target) => {
      const repository = `${posix.dirname(repositoryIn(target))}/{name}`;
      return typeof target === "string" ? repository : { ...(target as RawMap), repository };
    });
    return { ...variant, raw: defined({ ...variant.raw, suffix: undefined, publish }) };
  });
}

function repositoryIn(target: Raw): string {
  const repository = typeof target === "object" ? (target as RawMap)["repository"] : target;
  return typeof repository === "string" ? repository : "";
}

/** The `publish` that most variants have. */
function sharePublish(variants: readonly NamedVariant[]): {
  readonly publish: Raw | undefined;
  readonly variants: readonly NamedVariant[];
} {
  const counts = new Map<string, { readonly value: Raw; count: number }>();
  for (const { raw } of variants) {
    const { publish } = raw;
    if (publish === undefined || publish === false) continue;
    const key = JSON.stringify(publish);
    const known = counts.get(key) ?? { value: publish, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  const written = (value: Raw | undefined): Raw | undefined =>
    Array.isArray(value) && value.length === 1 ? (value as readonly Raw[])[0] : value;
  return {
    publish: written(most?.value),
    variants: variants.map(({ name, raw }) => {
      const { publish, ...rest } = raw;
      const isShared = same(publish, most?.value) || (publish === false && most === undefined);
      return { name, raw: isShared ? rest : { ...rest, publish: written(publish) } };
    }),
  };
}

function commonArgs(variants: readonly NamedVariant[]): RawMap | undefined {
  const [first, ...others] = variants.map(({ raw }) => (raw["args"] ?? {}) as RawMap);
  const common = Object.entries(first ?? {}).filter(([name, value]) =>
    others.every((args) => args[name] === value),
  );
  return common.length === 0 ? undefined : Object.fromEntries(common);
}

/** A variant without what it inherits. */
function without(raw: RawMap, defaults: Readonly<Record<string, Raw>>): RawMap {
  return defined(
    Object.fromEntries(
      Object.entries(raw).map(([key, value]) => {
        const shared = defaults[key];
        if (shared === undefined) return [key, value] as const;
        if (key !== "args") return [key, undefined] as const;
        const own = Object.entries(value as RawMap).filter(
          ([name]) => !Object.hasOwn(shared as RawMap, name),
        );
        return [key, own.length === 0 ? undefined : Object.fromEntries(own)] as const;
      }),
    ),
  );
}

function same(one: Raw | undefined, other: Raw | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
