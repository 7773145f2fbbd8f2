import { formatVariantAddress, parseContextAddress } from "../../dockerfile/context-address.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import type { ImportedEntry } from "./entry.ts";

type Pair = readonly [string, string];

/** `target:NAME` of a bake file, `service:NAME` of a Compose file. */
const link = /^(?:target|service):(.*)$/s;

/**
 * An entry's keys with `variant:NAME` for each context that is another entry of its file, and the
 * names of these contexts. `variantOf` returns the variant that an entry becomes; a context for
 * which it returns undefined, having reported why, is left out.
 */
export function linkEntries(
  raw: RawVariant,
  variantOf: (entry: string, context: string) => string | undefined,
): Pick<ImportedEntry, "own" | "linked"> {
  const linked: string[] = [];
  const contexts = Object.entries(raw.contexts ?? {}).flatMap(([context, value]): Pair[] => {
    const entry = link.exec(value)?.[1];
    if (entry === undefined) return [[context, value]];
    const name = variantOf(entry, context);
    if (name === undefined) return [];
    linked.push(context);
    return [[context, formatVariantAddress({ name, platform: undefined })]];
  });
  const own = raw.contexts === undefined ? raw : { ...raw, contexts: Object.fromEntries(contexts) };
  return { own, linked };
}

/**
 * The contexts of a variant in which each of `linked` names its variant's platform if that has only
 * one: for all platforms of the variant it is the same image, as in bake (tried with buildx 0.29).
 */
export function withOnlyPlatforms(
  { contexts, platforms }: Variant,
  linked: readonly string[],
  platformsOf: ReadonlyMap<string, Variant["platforms"]>,
): Variant["contexts"] {
  const own = platforms.map(formatPlatform);
  return Object.fromEntries(
    Object.entries(contexts).map(([context, value]) => {
      const address = parseContextAddress(value);
      if (address.kind !== "variant" || !linked.includes(context)) return [context, value];
      const [only, ...others] = (platformsOf.get(address.name) ?? []).map(formatPlatform);
      if (only === undefined || others.length > 0) return [context, value];
      if (own.every((platform) => platform === only)) return [context, value];
      return [context, formatVariantAddress({ name: address.name, platform: only })];
    }),
  );
}
