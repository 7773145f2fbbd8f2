import type { EventKind } from "../../events/sample-event.ts";
import type { OldImage, Recipe } from "../../old/images/old-image.ts";
import { type DraftVariant, runKey, type SeenImage } from "./draft.ts";
import { publishedBy } from "../published-by.ts";

/**
 * The variants that the images of all example runs are: one recipe is one variant, on however many
 * platforms, and so are legs that were published as one image.
 */
export function groupImages(seen: readonly SeenImage[]): readonly DraftVariant[] {
  return joinPlatforms(byRecipe(seen)).map(draftOf);
}

type Group = readonly SeenImage[];

function byRecipe(seen: readonly SeenImage[]): readonly Group[] {
  const groups = new Map<string, SeenImage[]>();
  for (const one of seen) {
    const key = keyOf(one.image);
    const known = groups.get(key) ?? sameStep(one, [...groups.values()]);
    if (known === undefined) groups.set(key, [one]);
    else known.push(one);
  }
  return [...groups.values()];
}

function keyOf({ recipe, refresh }: OldImage): string {
  return JSON.stringify([recipe, refresh?.arg]);
}

/**
 * The group of a step whose arguments differ from run to run: one that has images of that step and
 * row of its matrix, but none of this run.
 */
function sameStep(
  { event, image }: SeenImage,
  groups: readonly SeenImage[][],
): SeenImage[] | undefined {
  return groups.find((group) => {
    const own = group.filter((other) => isOfStep(other.image, image));
    return (
      own.some((other) => sameFiles(other.image.recipe, image.recipe)) &&
      own.every((other) => other.event !== event)
    );
  });
}

function isOfStep(one: OldImage, other: OldImage): boolean {
  return (
    one.span.start === other.span.start &&
    one.span.file === other.span.file &&
    one.job.id === other.job.id &&
    sameRow(one.job.matrix, other.job.matrix)
  );
}

function sameRow(one: OldImage["job"]["matrix"], other: OldImage["job"]["matrix"]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sameFiles(one: Recipe, other: Recipe): boolean {
  return JSON.stringify({ ...one, args: {} }) === JSON.stringify({ ...other, args: {} });
}

/** Groups that were published as one image and differ in platform and arguments alone. */
function joinPlatforms(groups: readonly Group[]): readonly Group[] {
  const joined: Group[] = [];
  const byPublished = new Map<string, readonly number[]>();
  for (const group of groups) {
    const published = publishedAs(group);
    const same = published === "[]" ? [] : (byPublished.get(published) ?? []);
    const at = same.find((index) => isSameImage(joined[index] ?? [], group));
    if (at === undefined) {
      byPublished.set(published, [...same, joined.length]);
      joined.push(group);
    } else {
      joined[at] = [...(joined[at] ?? []), ...group];
    }
  }
  return joined;
}

function isSameImage(one: Group, other: Group): boolean {
  const [first] = one;
  const [second] = other;
  if (first === undefined || second === undefined) return false;
  const platforms = new Set(one.flatMap(({ image }) => image.platforms));
  return (
    sameFiles(first.image.recipe, second.image.recipe) &&
    other.every(({ image }) => image.platforms.every((platform) => !platforms.has(platform)))
  );
}

function publishedAs(group: Group): string {
  const tags = group.flatMap(({ event, image }) =>
    image.published.flatMap(({ repository, rules, flavor }) =>
      rules.map((rule) => [runKey(event), repository, rule, flavor].join(" ")),
    ),
  );
  return JSON.stringify([...new Set(tags)].sort());
}

function draftOf(seen: Group): DraftVariant {
  // An argument that differs from run to run is that of the branch.
  const images = [...seen]
    .sort((a, b) => ranks.indexOf(a.event.kind) - ranks.indexOf(b.event.kind))
    .map(({ image }) => image);
  const recipe = images[0]?.recipe ?? { context: "." };
  const platforms = [...new Set(images.flatMap((image) => image.platforms))];
  const { args, platformArgs } = argumentsOf(images, platforms);
  return {
    recipe: { ...recipe, args },
    platformArgs,
    platforms,
    runners: runnersOf(images),
    refresh: images.find(({ refresh }) => refresh !== undefined)?.refresh,
    seen,
    published: publishedBy(seen),
  };
}

const ranks: readonly EventKind[] = [
  ...(["branch", "dispatch", "schedule", "tag", "release", "pull_request"] as const),
];

type Arguments = Readonly<Record<string, string>>;

/** Arguments that all platforms have, and the others by platform; the first image of each counts. */
function argumentsOf(
  images: readonly OldImage[],
  platforms: readonly string[],
): { readonly args: Arguments; readonly platformArgs: Readonly<Record<string, Arguments>> } {
  const byPlatform = platforms.map((platform) => ({
    platform,
    args: images.find((image) => image.platforms.includes(platform))?.recipe.args ?? {},
  }));
  const common = Object.entries(byPlatform[0]?.args ?? {}).filter(([name, value]) =>
    byPlatform.every(({ args }) => args[name] === value),
  );
  const args = Object.fromEntries(common);
  const own = byPlatform.flatMap(({ platform, args: all }) => {
    const entries = Object.entries(all).filter(([name]) => !Object.hasOwn(args, name));
    return entries.length === 0 ? [] : [[platform, Object.fromEntries(entries)] as const];
  });
  return { args, platformArgs: Object.fromEntries(own) };
}

/** Runners that the generated workflow would not choose by itself. */
function runnersOf(images: readonly OldImage[]): Record<string, string> {
  return Object.fromEntries(
    images.flatMap(({ runner, platforms }) => {
      const [platform] = platforms;
      const isOwn = runner !== undefined && !usualRunners.test(runner);
      return isOwn && platform !== undefined ? [[platform, runner] as const] : [];
    }),
  );
}

const usualRunners = /^ubuntu-(?:latest|slim|\d\d\.04)(?:-arm)?$/;
