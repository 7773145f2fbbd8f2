import type { Variant } from "../config/config.ts";
import { isSecretName } from "../secrets.ts";

/** A warning for each build argument of a variant that is named like a secret. */
export function secretArgWarnings(
  variants: readonly Pick<Variant, "name" | "args" | "platformArgs">[],
): readonly string[] {
  return variants.flatMap(({ name, args, platformArgs }) => {
    const given = [args, ...Object.values(platformArgs)].flatMap((values) =>
      Object.entries(values).flatMap(([arg, value]) => (value === "" ? [] : [arg])),
    );
    return [...new Set(given.filter(isSecretName))].map(
      (arg) =>
        `${name}: the argument ${arg} looks like a secret, but anyone can read it in the plan, the image's history and its provenance. Pass it under secrets: instead`,
    );
  });
}
