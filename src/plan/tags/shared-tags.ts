import { UsageError } from "../../errors.ts";
import type { PlannedVariant } from "../plan.ts";

/**
 * Throws a usage error if two variants would be published under one tag: the one that is published
 * last would replace the other.
 */
export function refuseSharedTags(variants: readonly PlannedVariant[]): void {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, targets, previews } of variants) {
    for (const { repository, tags } of [...targets, ...previews]) {
      for (const { tag } of tags) {
        const image = `${repository}:${tag}`;
        const owner = owners.get(image);
        owners.set(image, owner ?? name);
        if (owner !== undefined && owner !== name) {
          problems.push(
            `the variants "${owner}" and "${name}" would both be published as ${image}`,
          );
        }
      }
    }
  }
  if (problems.length === 0) return;
  throw new UsageError(
    problems.map((message) => ({ message })),
    { hint: "give them different suffixes, or use {name} in their tag rules" },
  );
}
