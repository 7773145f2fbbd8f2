import { posix } from "node:path";
import { isUnknown, plainText } from "../../../lint/expressions/value.ts";
import type { OldImage } from "../../old/images/old-image.ts";
import type { DraftVariant } from "./draft.ts";
import { flavorSuffix } from "./suffixes.ts";

/**
 * A name for each variant that tells it from the others: by its tags' suffix, its repository, its
 * target, the values of its matrix, its folder, or its job. The first that is different for all.
 */
export function nameVariants(drafts: readonly DraftVariant[]): readonly string[] {
  const matrixName = matrixNames(drafts);
  const choices: readonly ((draft: DraftVariant) => string)[] = [
    suffixName,
    repositoryName,
    targetName,
    matrixName,
    folderName,
    (draft) => joined(folderName(draft), targetName(draft)),
    jobName,
    (draft) => joined(jobName(draft), matrixName(draft)),
  ];
  for (const choose of choices) {
    const names = drafts.map((draft) => cleaned(choose(draft)));
    const isGood = names.every((name, at) => name !== "" && names.indexOf(name) === at);
    if (isGood) return names;
  }
  const lastResort = (draft: DraftVariant): string =>
    joined(jobName(draft), matrixName(draft) || folderName(draft));
  return numbered(drafts.map((draft) => cleaned(lastResort(draft)) || "image"));
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("-");
}

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

function targetName({ recipe: { target = "" } }: DraftVariant): string {
  return target;
}

/**
 * The values of its matrix that all of its images have, and not all variants: not the platform or
 * the runner.
 */
function matrixNames(drafts: readonly DraftVariant[]): (draft: DraftVariant) => string {
  const found = new Map(drafts.map((draft) => [draft, commonValues(draft)]));
  const others = new Set(
    [...found.values()].flatMap((values) =>
      [...values].filter((value) => drafts.every((draft) => found.get(draft)?.has(value) === true)),
    ),
  );
  return (draft) =>
    [...(found.get(draft) ?? [])]
      .filter((value) => drafts.length === 1 || !others.has(value))
      .map((value) => value.slice(value.indexOf("=") + 1))
      .join("-");
}

/** `KEY=value`, for values that can be part of a name. */
function commonValues({ seen }: DraftVariant): ReadonlySet<string> {
  const [first, ...more] = seen.map(({ image }) => rowValues(image.job.matrix));
  return new Set((first ?? []).filter((value) => more.every((row) => row.includes(value))));
}

function rowValues(matrix: OldImage["job"]["matrix"]): readonly string[] {
  if (isUnknown(matrix)) return [];
  return Object.entries(matrix).flatMap(([key, value]) => {
    const text = isUnknown(value) ? "" : plainText(value);
    return /^[\w.-]{1,30}$/.test(text) ? [`${key}=${text}`] : [];
  });
}

function folderName({ recipe: { context, dockerfile } }: DraftVariant): string {
  const base = posix.basename(dockerfile ?? "");
  const [, after] = /^(?:Dockerfile|Containerfile)[.-]([\w-]+)$/.exec(base) ?? [];
  const [, before] = /^([\w-]+)\.(?:Dockerfile|Containerfile)$/i.exec(base) ?? [];
  const own = after ?? before;
  if (own !== undefined) return own;
  const folder = context === "." ? posix.dirname(dockerfile ?? ".") : context;
  return folder === "." ? "" : posix.basename(folder);
}

function jobName({ seen }: DraftVariant): string {
  return seen[0]?.image.job.id.split(" / ")[0] ?? "";
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
