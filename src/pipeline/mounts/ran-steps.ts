import type { Step } from "../../buildkit/progress/progress.ts";
import { readCacheMount } from "../../dockerfile/stages/cache-mounts.ts";
import { UsageError } from "../../errors.ts";
import type { PlannedMount } from "../../plan/plan.ts";
import type { MountOutcome } from "./mount-outcome.ts";

/**
 * The steps that use a mount and ran to their end. BuildKit names a step by its instruction, with
 * the values of variables in its flags: `[build 3/5] RUN --mount=type=cache,id=go make`.
 */
export function ranSteps(
  mount: Pick<PlannedMount, "id">,
  steps: readonly Step[],
): MountOutcome["steps"] {
  const ran = steps.filter(
    ({ name, cached, error }) =>
      !cached && error === undefined && mountsOf(name).includes(mount.id),
  );
  return { ran: ran.length, seconds: ran.reduce((sum, { ms }) => sum + ms, 0) / 1000 };
}

function mountsOf(name: string): readonly string[] {
  const [, flags = ""] = /^\[[^\]]*\] RUN +((?:--\S+ +)+)/.exec(name) ?? [];
  return flags.split(/ +/).flatMap((flag) => {
    const [, value] = /^--mount=(.+)$/.exec(flag) ?? [];
    if (value === undefined) return [];
    try {
      return readCacheMount(value)?.id ?? [];
    } catch (error) {
      // A part of a flag with a space in quotes.
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}
