import type { Variant } from "../config/config.ts";
import { isSecretName } from "../secrets.ts";

/** A warning for each build argument that is named like a secret, with its variants. */
export function secretArgWarnings(
  variants: readonly Pick<Variant, "name" | "args" | "platformArgs">[],
): readonly string[] {
  const owners = new Map<string, string[]>();
  for (const { name, args, platformArgs } of variants) {
    const given = [args, ...Object.values(platformArgs)].flatMap((values) =>
      Object.entries(values).flatMap(([arg, value]) => (value === "" ? [] : [arg])),
    );
    for (const arg of new Set(given.filter(isSecretName))) {
      owners.set(arg, [...(owners.get(arg) ?? []), name]);
    }
  }
  return [...owners].map(([arg, [first = "", ...others]]) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `${first}${more}: the argument ${arg} looks like a secret, but anyone can read it in the plan, the image's history and its provenance. Pass it under secrets: instead`;
  });
}
