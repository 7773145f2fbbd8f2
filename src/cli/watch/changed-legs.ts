import { resolve } from "node:path";
import type { Config } from "../../config/config.ts";
import { LayerkeepError, messageOf } from "../../errors.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { InputCheck } from "../../plan/recheck.ts";

/** Legs whose files differ from the plan, each with what changed. */
export async function findChangedLegs(
  legs: readonly PlannedLeg[],
  check: InputCheck,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const leg of legs) {
    try {
      await check.read(leg);
    } catch (error) {
      if (!(error instanceof LayerkeepError)) throw error;
      // "differs from the plan" is the reason why this is asked.
      found.set(leg.id, messageOf(error).replace(/^.* differs from the plan: /, ""));
    }
  }
  return found;
}

/** The local folders and files that legs take. */
export function placesOf(
  legs: readonly PlannedLeg[],
  { root, file }: Pick<Config, "root" | "file">,
): { readonly folders: readonly string[]; readonly files: readonly string[] } {
  const here = (path: string): string => resolve(root, path);
  const isLocal = (value: string): boolean => !/^[a-z][a-z0-9+-]*:|^git@/.test(value);
  const folders = legs.flatMap(({ build }) => [
    build.context,
    ...Object.values(build.contexts).filter(isLocal),
  ]);
  const files = legs.map(({ build }) => build.dockerfile);
  return {
    folders: [...new Set(folders.map(here))],
    files: [...new Set([file, ...files.map(here)])],
  };
}
