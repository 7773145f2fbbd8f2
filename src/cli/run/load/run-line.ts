import { parsePlatform, type Platform, samePlatform } from "../../../oci/platform.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import type { PublishResult } from "../../../pipeline/publish/publish-variants.ts";
import type { Io, QuietOptions } from "../../io.ts";

/** Prints how to run an image: a line to paste into a shell. */
export function printRunLine(
  reference: string | undefined,
  { quiet }: QuietOptions,
  io: Pick<Io, "err">,
): void {
  if (reference === undefined || quiet) return;
  io.err(`run it with: docker run --rm ${reference}\n`);
}

/**
 * A reference to an image of this run that works in `docker run`: the first published tag, otherwise
 * a staged leg of this machine's platform.
 */
export function runnableOf(
  published: readonly PublishResult[],
  staged: readonly PlannedLeg[],
  machine: Platform,
): string | undefined {
  const tags = published
    .filter(({ error }) => error === undefined)
    .flatMap(({ targets }) =>
      targets.flatMap(({ repository, tags }) => tags.map(({ tag }) => `${repository}:${tag}`)),
    );
  const own = staged.find(({ platform }) => samePlatform(parsePlatform(platform), machine));
  return tags[0] ?? own?.staged?.leg;
}
