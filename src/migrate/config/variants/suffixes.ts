/** The suffix that a flavor gives to tags; empty if there is none. */
export function flavorSuffix(flavor: readonly string[]): string {
  return (
    flavor.map((entry) => suffixIn(entry)?.suffix).find((suffix) => suffix !== undefined) ?? ""
  );
}

/**
 * The flavor without a suffix that `latest` has, too: that is the suffix of a variant. Undefined if
 * the flavor has none, or one that `latest` does not have.
 */
export function withoutSuffix(
  flavor: readonly string[],
): { readonly suffix: string; readonly flavor: readonly string[] } | undefined {
  const found = flavor.find((entry) => suffixIn(entry) !== undefined);
  const read = found === undefined ? undefined : suffixIn(found);
  if (read === undefined || (!read.onLatest && read.suffix !== "")) return undefined;
  return { suffix: read.suffix, flavor: flavor.filter((entry) => entry !== found) };
}

function suffixIn(
  entry: string,
): { readonly suffix: string; readonly onLatest: boolean } | undefined {
  const [, suffix, onLatest] =
    /^\s*suffix=([^,]*)(?:,onlatest=(true|false))?\s*$/.exec(entry) ?? [];
  return suffix === undefined ? undefined : { suffix, onLatest: onLatest === "true" };
}
