import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { OldImage, Publication } from "../old/images/old-image.ts";

/** One platform of an image: what it is built of. */
export interface BuiltLeg {
  readonly dockerfile: string;
  readonly context: string;
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
}

/** What is compared of an image. */
export interface ComparedImage extends Pick<OldImage, "recipe" | "args" | "platforms" | "cacheTo"> {
  readonly published: readonly Pick<Publication, "repository" | "tags">[];
}

/** Legs by platform. */
export type Legs = ReadonlyMap<string, BuiltLeg>;

/** What old workflows publish in a run: the legs of each reference, such as `ghcr.io/acme/app:1.2`. */
export function publishedBefore(images: readonly ComparedImage[]): ReadonlyMap<string, Legs> {
  const found = new Map<string, Map<string, BuiltLeg>>();
  for (const image of images) {
    for (const { repository, tags } of image.published) {
      for (const tag of tags) {
        const reference = `${repository}:${tag}`;
        const legs = found.get(reference) ?? new Map<string, BuiltLeg>();
        for (const platform of image.platforms) legs.set(platform, oldLeg(image));
        found.set(reference, legs);
      }
    }
  }
  return found;
}

/** What the plan publishes, in the same form. */
export function publishedNow({ legs, variants }: Plan): ReadonlyMap<string, Legs> {
  const byId = new Map(legs.map((leg) => [leg.id, leg]));
  return new Map(
    variants.flatMap((variant) => {
      const own = variant.legs.flatMap((id) => byId.get(id) ?? []);
      const built = new Map(own.map((leg) => [leg.platform, newLeg(leg)]));
      return variant.targets.flatMap(({ repository, tags }) =>
        tags.map(({ tag }) => [`${repository}:${tag}`, built] as const),
      );
    }),
  );
}

export function oldLeg({ recipe, args }: ComparedImage): BuiltLeg {
  const { context, dockerfile, target = "" } = recipe;
  const usual = context === "." || context.includes("://") ? "Dockerfile" : `${context}/Dockerfile`;
  return {
    ...{ context, target, args },
    dockerfile: dockerfile ?? usual,
  };
}

export function newLeg({ build }: PlannedLeg): BuiltLeg {
  const { dockerfile, context, target, args } = build;
  return { dockerfile, context, target: target ?? "", args };
}
