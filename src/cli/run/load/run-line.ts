import type { PublishResult } from "../../../pipeline/publish/publish-variants.ts";
import type { GlobalOptions, Io } from "../../io.ts";

/** Prints how to run an image: a line to paste into a shell. */
export function printRunLine(
  reference: string | undefined,
  { quiet }: Pick<GlobalOptions, "quiet">,
  io: Pick<Io, "err">,
): void {
  if (reference === undefined || quiet) return;
  io.err(`run it with: docker run --rm ${reference}\n`);
}

/** The first published tag, as `docker run` takes it. */
export function runnableOf(published: readonly PublishResult[]): string | undefined {
  for (const { error, targets } of published) {
    if (error !== undefined) continue;
    for (const { repository, tags } of targets) {
      if (tags[0] !== undefined) return `${repository}:${tags[0].tag}`;
    }
  }
  return undefined;
}
