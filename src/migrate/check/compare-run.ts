import type { Plan } from "../../plan/plan.ts";
import {
  type BuiltLeg,
  type ComparedImage,
  type Legs,
  newLeg,
  oldLeg,
  publishedBefore,
  publishedNow,
} from "./published.ts";

/** What a run of the new config does differently, one sentence each. */
export function compareRun(images: readonly ComparedImage[], plan: Plan): readonly string[] {
  const before = publishedBefore(images);
  const now = publishedNow(plan);
  const skipped = plan.epoch?.arg;
  return [
    ...[...before.keys()]
      .filter((reference) => !now.has(reference))
      .map((reference) => `${reference} is no longer published`),
    ...[...now.keys()]
      .filter((reference) => !before.has(reference))
      .map((reference) => `${reference} is now published, but was not before`),
    ...[...before].flatMap(([reference, legs]) => {
      const own = now.get(reference);
      return own === undefined ? [] : compareLegs(reference, legs, own, skipped);
    }),
    ...unpublished(images, plan, skipped),
    ...cacheDifference(images, plan),
  ];
}

/** An old release would overwrite the newest cache, and a pull request anything. */
function cacheDifference(images: readonly ComparedImage[], { legs }: Plan): readonly string[] {
  const wrote = images.some(({ cacheTo }) => cacheTo.length > 0);
  const writes = legs.some(({ cache }) => cache.to.length > 0);
  return wrote && !writes ? ["caches are now only read, but were written before"] : [];
}

function compareLegs(name: string, before: Legs, now: Legs, refresh: string | undefined): string[] {
  const [was, is] = [platformsOf(before), platformsOf(now)];
  const platforms = was === is ? [] : [`${name} was built for ${was}, and is now built for ${is}`];
  const legs = [...before].flatMap(([platform, leg]) => {
    const own = now.get(platform);
    return own === undefined ? [] : differencesOf(leg, own, refresh);
  });
  return [...platforms, ...[...new Set(legs)].map((text) => `${name}: ${text}`)];
}

function platformsOf(legs: Legs): string {
  return [...legs.keys()].sort().join(", ");
}

function differencesOf(before: BuiltLeg, now: BuiltLeg, refresh: string | undefined): string[] {
  const keys = ["dockerfile", "context", "target"] as const;
  const names = new Set([...Object.keys(before.args), ...Object.keys(now.args)]);
  return [
    ...keys
      .filter((key) => before[key] !== now[key])
      .map((key) => `the ${key} was ${shown(before[key])}, and is now ${shown(now[key])}`),
    ...[...names]
      .filter((name) => name !== refresh && before.args[name] !== now.args[name])
      .map(
        (name) =>
          `the argument ${name} was ${shown(before.args[name])}, and is now ${shown(now.args[name])}`,
      ),
  ];
}

function shown(text: string | undefined): string {
  return text === undefined || text === "" ? "not set" : `"${text}"`;
}

/** Images that the run only builds. */
function unpublished(
  images: readonly ComparedImage[],
  { legs }: Plan,
  refresh: string | undefined,
): readonly string[] {
  const texts = images
    .filter(({ published }) => published.length === 0)
    .flatMap((image) =>
      image.platforms.flatMap((platform) => {
        const before = oldLeg(image);
        const isBuilt = legs.some(
          (leg) =>
            leg.platform === platform && differencesOf(before, newLeg(leg), refresh).length === 0,
        );
        const { dockerfile, target } = before;
        const name = target === "" ? dockerfile : `${dockerfile} (target ${target})`;
        return isBuilt ? [] : [`${name} is no longer built for ${platform}`];
      }),
    );
  return [...new Set(texts)];
}
