import { join } from "node:path";
import type { Variant } from "../../config/config.ts";
import { draftConfig } from "../../config/load/load.ts";
import { type Problem, UsageError } from "../../errors.ts";

/** What a config that imports a Compose file has. */
export interface ComposedVariants {
  readonly variants: readonly Variant[];
  /** Why it cannot be imported. */
  readonly problems: readonly Problem[];
}

/** Imports a Compose file into a config in `root` that has nothing else. */
export async function readCompose(root: string, file: string): Promise<ComposedVariants> {
  const text = JSON.stringify({ import: [{ compose: file }] });
  try {
    const draft = await draftConfig({ file: join(root, "layerkeep.yml"), text, vars: {} });
    return { variants: draft.config.variants, problems: draft.report.problems() };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { variants: [], problems: error.problems };
  }
}
