import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { Flavor, PublishTarget, Variant } from "../config.ts";
import { fieldsOf, fillText } from "../import/fill.ts";
import type { Report } from "../schema/report.ts";
import { substitute } from "../variants/placed-variant.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { defaultFlavor, parseFlavorEntry } from "./flavor.ts";
import { type Line, parseTargetRepository, type Targets, type TargetTemplate } from "./publish.ts";
import { parseTagRule } from "./tag-rule.ts";

/** The variant that targets are filled in for. */
interface Filling extends Pick<Variant, "name" | "suffix"> {
  /** The values of `{field}`, `{name}` among them. */
  readonly values: ReadonlyMap<string, string>;
  /** The path of the variant's key in the file. */
  readonly path: Path;
}

/** What `publish` and `preview` are for one variant. */
export function fillAllTargets(
  { publish, preview }: Targets,
  filling: Filling,
  report: Report,
): Pick<Variant, keyof Targets> {
  return {
    publish: fillTargets(publish, filling, report),
    preview: fillTargets(preview, filling, report),
  };
}

/**
 * The targets of one variant: each `{field}` replaced, and the rest checked. A field that the
 * variant does not have is a problem; in the `publish` of an import it leaves out its line, as
 * everywhere in an import. A target without any tag rule left is left out.
 */
export function fillTargets(
  templates: readonly TargetTemplate[],
  filling: Filling,
  report: Report,
): PublishTarget[] {
  return templates.flatMap((template) => {
    const repository = fillRepository(template.repository, filling, report);
    const tags = template.tags.flatMap(
      (line) => fillLine(line, parseTagRule, filling, report) ?? [],
    );
    const flavor = template.flavor.reduce<Flavor>(
      (all, line) => ({ ...all, ...fillLine(line, parseFlavorEntry, filling, report) }),
      defaultFlavor,
    );
    if (repository === undefined || tags.length === 0) return [];
    return [
      {
        repository,
        suffix: fieldsOf(template.repository.text).includes("name") ? "" : filling.suffix,
        tags,
        flavor,
        shape: template.shape,
        annotations: fillAnnotations(template.annotations, filling),
        ...(template.expires === undefined ? {} : { expires: template.expires }),
      },
    ];
  });
}

function fillRepository(
  line: Line<string>,
  { name, path, values }: Filling,
  report: Report,
): string | undefined {
  if (line.parsed !== undefined) return line.parsed;
  const filled = fillText(line.text, values);
  if ("missing" in filled) {
    tellMissing(line, filled.missing, values, report);
    return undefined;
  }
  // The name is at fault, unless the variant has a template of its own.
  const at = isShared(line.at) ? path : line.at;
  return report.try(at, () => parseNamed(filled.text, name), isShared(line.at) ? "key" : "value");
}

function parseNamed(text: string, name: string): string {
  try {
    return parseTargetRepository(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`variant "${name}" cannot be published: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function fillLine<T>(
  line: Line<T>,
  parse: (text: string, template: string) => T,
  { values }: Filling,
  report: Report,
): T | undefined {
  if (line.parsed !== undefined) return line.parsed;
  const filled = fillText(line.text, values);
  if ("text" in filled) return report.try(line.at, () => parse(filled.text, line.text));
  if (!isImport(line.at)) tellMissing(line, filled.missing, values, report);
  return undefined;
}

/** In an annotation, a `{word}` that is not a field stays as it is. */
function fillAnnotations(
  annotations: Readonly<Record<string, string>>,
  { values }: Filling,
): Record<string, string> {
  const filled = Object.entries(annotations).map(([key, text]): [string, string] => {
    const result = fillText(text, values);
    return [key, "text" in result ? result.text : substitute(text, Object.fromEntries(values))];
  });
  return Object.fromEntries(filled);
}

function tellMissing(
  { at }: Line<unknown>,
  field: string,
  values: ReadonlyMap<string, string>,
  report: Report,
): void {
  const near = nearest(field, values.keys());
  const hint =
    near === undefined ? `use {${field}:-TEXT} to set a default` : `did you mean {${near}}?`;
  const message = isImport(at)
    ? `this entry has no ${field}`
    : isShared(at)
      ? `not every variant has {${field}}`
      : `unknown field {${field}}`;
  report.add(at, message, hint);
}

/** Whether several variants inherit what is written there. */
function isShared([section]: Path): boolean {
  return section === "publish" || section === "preview" || section === "defaults";
}

function isImport([section]: Path): boolean {
  return section === "import";
}
