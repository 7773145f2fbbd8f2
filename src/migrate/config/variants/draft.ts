import type { OldImage, Recipe, RefreshArg } from "../../old/images/old-image.ts";
import type { SampleEvent } from "../../events/sample-event.ts";

/** An image of the old workflow in one of its example runs. */
export interface SeenImage {
  readonly event: SampleEvent;
  readonly image: OldImage;
}

/** A variant of the config to be, and the images that it is made of. */
export interface DraftVariant {
  readonly recipe: Recipe;
  /** Arguments that differ by platform. */
  readonly platformArgs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly platforms: readonly string[];
  readonly runners: Readonly<Record<string, string>>;
  readonly refresh: RefreshArg | undefined;
  readonly seen: readonly SeenImage[];
  readonly published: readonly DraftPublication[];
}

export interface DraftPublication {
  readonly repository: string;
  /** What flavors the old files have for it, each once. */
  readonly flavors: readonly (readonly string[])[];
  readonly annotations: Readonly<Record<string, string>>;
  /** In their order. */
  readonly rules: readonly DraftRule[];
  /** The tags of each example run, by its key. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A tag rule, and the runs that have it. */
export interface DraftRule {
  readonly text: string;
  /** Keys of events: see `runKey`. */
  readonly runs: ReadonlySet<string>;
}

/** What runs have in common that the new workflow takes for one: a release is its tag. */
export function runKey({ kind, context }: SampleEvent): string {
  return `${kind === "release" ? "tag" : kind} ${context.ref}`;
}
