import { posix } from "node:path";
import { isUnknown, plainText } from "../../lint/expressions/value.ts";
import type { DraftVariant } from "./draft.ts";
import { flavorSuffix } from "./suffixes.ts";

/**
 * A name for each variant that tells it from the others: by its tags' suffix, its repository, its
 * target, the values of its matrix, its folder, or its job. The first that is different for all.
 */
export function nameVariants(drafts: readonly DraftVariant[]): readonly string[] {
  for (const choose of choices) {
    const names = drafts.map((draft) => cleaned(choose(draft)));
    const isGood = names.every((name, at) => name !== "" && names.indexOf(name) === at);
    if (isGood) return names;
  }
  return numbered(drafts.map((draft) => cleaned(lastResort(draft)) || "image"));
}

const choices: readonly ((draft: DraftVariant) => string)[] = [
  (draft) => suffixName(draft),
  repositoryName,
  ({ recipe: { target = "" } }) => target,
  matrixName,
  folderName,
  (draft) => jobName(draft),
];

/** The suffix of its tags; of the one variant without a suffix, `core`. */
function suffixName({ published }: DraftVariant): string {
  const [suffix, ...others] = new Set(
    published.flatMap(({ flavors }) => flavors.map(flavorSuffix)),
  );
  if (suffix === undefined || others.length > 0) return "";
  return suffix === "" ? "core" : suffix;
}

function repositoryName({ published }: DraftVariant): string {
  const [name, ...others] = new Set(published.map(({ repository }) => posix.basename(repository)));
  return others.length === 0 ? (name ?? "") : "";
}

function matrixName({ seen }: DraftVariant): string {
  const matrix = seen[0]?.image.job.matrix;
  if (matrix === undefined || isUnknown(matrix)) return "";
  return Object.values(matrix)
    .flatMap((value) => (isUnknown(value) ? [] : plainText(value)))
    .filter((text) => /^[\w.-]{1,30}$/.test(text))
    .join("-");
}

function folderName({ recipe: { context, dockerfile } }: DraftVariant): string {
  const extension = /(?:Dockerfile|Containerfile)\.([\w-]+)$/.exec(dockerfile ?? "")?.[1];
  if (extension !== undefined) return extension;
  const folder = context === "." ? posix.dirname(dockerfile ?? ".") : context;
  return folder === "." ? "" : posix.basename(folder);
}

function jobName({ seen }: DraftVariant): string {
  return seen[0]?.image.job.id.split(" / ")[0] ?? "";
}

function lastResort(draft: DraftVariant): string {
  return [jobName(draft), matrixName(draft) || folderName(draft)]
    .filter((part) => part !== "")
    .join("-");
}

/** What a tag may have. */
function cleaned(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[-._]+|[-._]+$/g, "");
}

function numbered(names: readonly string[]): readonly string[] {
  return names.map((name, at) => {
    const before = names.slice(0, at).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before + 1}`;
  });
}
