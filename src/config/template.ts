import { UsageError } from "../errors.ts";
import { suggest } from "../nearest.ts";

const pattern = /\{([^{}]*)\}/g;

/** The text with each known `{key}` replaced; others stay as they are. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  if (!template.includes("{")) return template;
  return template.replace(pattern, (whole, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? whole) : whole,
  );
}

/** Throws a usage error if the template has an unknown `{key}`. */
export function checkTemplate(template: string, known: readonly string[]): void {
  for (const [whole, key = ""] of template.matchAll(pattern)) {
    if (!known.includes(key)) {
      throw new UsageError(`"${template}" contains ${whole}, which is not defined`, {
        hint: suggest(key, known),
      });
    }
  }
}

/**
 * Checks the template of a cache's tag. Throws a usage error if two legs could get the same tag, or
 * if it is not a valid tag.
 */
export function parseTagTemplate(template: string): string {
  checkTemplate(template, ["suffix", "name", "platform"]);
  if (!template.includes("{platform}") || !/\{(?:suffix|name)\}/.test(template)) {
    throw new UsageError(`"${template}" gives multiple legs the same tag`, {
      hint: "add {platform}, and {suffix} or {name}: cache{suffix}-{platform}",
    });
  }
  const sample = fillTemplate(template, { suffix: "-x", name: "x", platform: "amd64" });
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(sample)) {
    throw new UsageError(`"${template}" is not a valid tag`, {
      hint: "use only letters, digits, _, . and -; the first character cannot be . or -",
    });
  }
  return template;
}
