import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { suggest } from "../../nearest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { PlacedVariant } from "./placed-variant.ts";

/**
 * The rules of contexts that are other variants (`variant:NAME[/PLATFORM]`): the variant exists,
 * it is built for the platform that is needed, and no variant is built on itself.
 */
export function checkParents(variants: readonly PlacedVariant[]): void {
  const byName = new Map(variants.map((placed) => [placed.variant.name, placed]));
  for (const placed of variants) {
    for (const link of linksOf(placed)) checkLink(placed, link, byName);
  }
  checkCycles(variants, byName);
}

/** A context that is another variant. */
interface Link {
  readonly context: string;
  readonly parent: string;
  readonly platform: string | undefined;
}

function linksOf({ variant }: PlacedVariant): readonly Link[] {
  return Object.entries(variant.contexts).flatMap(([context, value]) => {
    const address = parseContextAddress(value);
    if (address.kind !== "variant") return [];
    return { context, parent: address.name, platform: address.platform };
  });
}

function checkLink(
  { variant, path, report }: PlacedVariant,
  { context, parent, platform }: Link,
  byName: ReadonlyMap<string, PlacedVariant>,
): void {
  const at = [...path, "contexts", context];
  const found = byName.get(parent)?.variant;
  if (found === undefined) {
    const others = [...byName.keys()].filter((name) => name !== variant.name);
    report.add(
      at,
      `variant ${variant.name} refers to the variant "${parent}", which does not exist`,
      others.length === 0 ? undefined : suggest(parent, others),
    );
    return;
  }
  const has = found.platforms.map(formatPlatform);
  if (platform === undefined || has.includes(platform)) return;
  report.add(
    at,
    `variant ${variant.name} needs ${parent} for ${platform}, but ${parent} is not built for that platform`,
    `${parent} is built for ${has.join(", ")}`,
  );
}

/** Reports each cycle once, with its path. */
function checkCycles(
  variants: readonly PlacedVariant[],
  byName: ReadonlyMap<string, PlacedVariant>,
): void {
  const done = new Set<string>();
  const visit = (placed: PlacedVariant, path: readonly string[]): void => {
    const { name } = placed.variant;
    if (done.has(name)) return;
    for (const { context, parent } of linksOf(placed)) {
      const next = byName.get(parent);
      const open = [...path, name];
      const start = open.indexOf(parent);
      if (start >= 0) {
        placed.report.add(
          [...placed.path, "contexts", context],
          ...circle([...open.slice(start), parent]),
        );
      } else if (next !== undefined) visit(next, open);
    }
    done.add(name);
  };
  for (const placed of variants) visit(placed, []);
}

/** What is wrong, and what to do about it; the path begins and ends with the same variant. */
function circle(path: readonly string[]): [string, string] {
  const [first = "", ...others] = path;
  if (others.length === 1) return [`variant ${first} depends on itself`, "remove this context"];
  return [
    `variants depend on each other in a cycle: ${path.join(" → ")}`,
    "remove one of the contexts that form the cycle",
  ];
}
