import { UsageError } from "../errors.ts";
import { suggest } from "../nearest.ts";

const pattern = /\{([^{}]*)\}/g;

/** The text with each `{key}` that has a value replaced; others stay as they are. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  if (!template.includes("{")) return template;
  return template.replace(pattern, (whole, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? whole) : whole,
  );
}

/** Throws a usage error where the template has a `{key}` that is not known. */
export function checkTemplate(template: string, known: readonly string[]): void {
  for (const [whole, key = ""] of template.matchAll(pattern)) {
    if (!known.includes(key)) {
      throw new UsageError(`"${template}" has ${whole}, which has no value`, {
        hint: suggest(key, known),
      });
    }
  }
}

/**
 * The text as the template of a cache's tag. Throws a usage error where it could give two legs one
 * tag, or no tag at all.
 */
export function parseTagTemplate(template: string): string {
  checkTemplate(template, ["suffix", "name", "platform"]);
  if (!template.includes("{platform}") || !/\{(?:suffix|name)\}/.test(template)) {
    throw new UsageError(`"${template}" gives the same tag to several legs`, {
      hint: "it needs {platform}, and {suffix} or {name}: cache{suffix}-{platform}",
    });
  }
  const sample = fillTemplate(template, { suffix: "-x", name: "x", platform: "amd64" });
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(sample)) {
    throw new UsageError(`"${template}" gives no tag`, {
      hint: "a tag has letters, digits, _ . and -, and does not begin with . or -",
    });
  }
  return template;
}
