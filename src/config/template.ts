import { UsageError } from "../errors.ts";
import { suggest } from "../nearest.ts";

const pattern = /\{([^{}]*)\}/g;

/** What `fillLegTemplate` replaces. */
const legFields = ["suffix", "name", "platform"] as const;

/**
 * The template of a cache or a tag with the `{name}`, `{suffix}` and `{platform}` of a leg; other
 * fields stay as they are. The platform is given as in tags: `arm64`.
 */
export function fillLegTemplate(template: string, name: string, platform: string): string {
  const values = { name, suffix: `-${name}`, platform };
  return template.replace(pattern, (whole, key: string) => {
    const field = legFields.find((one) => one === key);
    return field === undefined ? whole : values[field];
  });
}

/** Throws a usage error if the template has an unknown `{key}`. */
export function checkLegTemplate(template: string): void {
  for (const [whole, key = ""] of template.matchAll(pattern)) {
    if (!legFields.some((one) => one === key)) {
      throw new UsageError(`"${template}" contains ${whole}, which is not defined`, {
        hint: suggest(key, legFields),
      });
    }
  }
}

/**
 * Checks the template of a cache's tag. Throws a usage error if two legs could get the same tag, or
 * if it is not a valid tag.
 */
export function parseTagTemplate(template: string): string {
  checkLegTemplate(template);
  if (!template.includes("{platform}") || !/\{(?:suffix|name)\}/.test(template)) {
    throw new UsageError(`"${template}" produces the same tag for multiple legs`, {
      hint: "add {platform} and either {suffix} or {name}, as in cache{suffix}-{platform}",
    });
  }
  const sample = fillLegTemplate(template, "x", "amd64");
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(sample)) {
    throw new UsageError(`"${template}" is not a valid tag`, {
      hint: "use only letters, digits, _, . and -; the first character cannot be . or -",
    });
  }
  return template;
}
