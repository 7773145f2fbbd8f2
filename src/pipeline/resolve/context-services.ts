import type { Config } from "../../config/config.ts";
import type { Exec } from "../../exec.ts";
import type { Context, Trust } from "../../trust/context.ts";
import type { HasherServices } from "../../inputs/files/context-files.ts";
import { createAttributeReader } from "./read-attributes.ts";
import { gitStateReader } from "./read-git-state.ts";
import { createFilterRunner } from "./run-filter.ts";

/** What hashing contexts needs of this machine. */
export interface ContextServices {
  readonly services: HasherServices;
  /** What could not be read or run, one sentence each. */
  readonly warnings: () => readonly string[];
}

interface ContextServicesOptions {
  readonly trust: Pick<Trust, "level">;
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Filters, extended attributes and repositories, for `createContextHasher`. `context` is the
 * plan's: a job that carries out a plan sees the branch and tag of the job that made it.
 */
export function createContextServices(
  { root }: Pick<Config, "root">,
  context: Pick<Context, "branch" | "tag">,
  { trust, exec, env, signal }: ContextServicesOptions,
): ContextServices {
  const filter = createFilterRunner({ cwd: root, env, trust: trust.level });
  const attributes = createAttributeReader({ exec, env, signal });
  return {
    services: {
      root,
      run: filter.run,
      attributes: attributes.read,
      git: gitStateReader(root, context, { env, signal }),
    },
    warnings: () => [...filter.warnings(), ...attributes.warnings()],
  };
}
