import { readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Draft } from "../../config/parse.ts";
import { draftConfig } from "../../config/load/load.ts";
import { type Problem, UsageError } from "../../errors.ts";
import type { LegInputs } from "../../inputs/leg-inputs.ts";
import { findMissingSources } from "../../inputs/missing/missing-sources.ts";
import type { Platform } from "../../oci/platform.ts";
import { readVariants } from "../validate/read-variants.ts";
import { isDockerfile } from "./find-dockerfiles.ts";

/** The best build context for a Dockerfile. */
export interface ChosenContext {
  /** Relative to the config's folder, as all paths here. */
  readonly dockerfile: string;
  readonly context: string;
  /** What the Dockerfile copies and the context does not have. */
  readonly missing: readonly Problem[];
}

/** A Dockerfile that cannot be built, and why. */
export interface Unreadable {
  readonly dockerfile: string;
  readonly problem: string;
}

interface Candidates {
  /** The config's folder. */
  readonly root: string;
  /** Contexts that other files name for the Dockerfile; they are tried first. */
  readonly known: readonly string[];
  /** How many folders above the config's may be contexts. */
  readonly above: number;
  readonly machine: Platform;
}

/**
 * The first folder that has everything that a Dockerfile copies: one that another file names, the
 * Dockerfile's own, or one above it. If none has, the one that lacks the least. A folder that has
 * nothing but Dockerfiles is not what a Dockerfile wants to copy, so it is tried last.
 */
export async function chooseContext(
  dockerfile: string,
  { root, known, above, machine }: Candidates,
): Promise<ChosenContext | Unreadable> {
  const own = posix.dirname(dockerfile);
  const contexts = [...new Set([...known, ...foldersFrom(own, above)])];
  const { config, placed, report } = await draftFor(dockerfile, contexts, root);
  const { legs, problems } = await readVariants(config, placed, machine);
  const [wrong] = [...report.problems(), ...problems];
  const [first] = legs;
  if (wrong !== undefined || first === undefined) {
    return { dockerfile, problem: wrong === undefined ? "it has no stages" : wrong.message };
  }
  const tried = legs.map((leg) => {
    const { context } = leg.recipe;
    return { dockerfile, context, missing: missingIn(root, leg) };
  });
  const copies = first.stages.contextSources.some(({ context }) => context === undefined);
  const last = copies && (await hasOnlyDockerfiles(join(root, own))) ? own : undefined;
  const ranked = tried.sort(
    (a, b) =>
      a.missing.length - b.missing.length ||
      Number(a.context === last) - Number(b.context === last) ||
      contexts.indexOf(a.context) - contexts.indexOf(b.context),
  );
  return ranked[0] ?? { dockerfile, context: own, missing: [] };
}

/** A config with one variant for each context. */
function draftFor(dockerfile: string, contexts: readonly string[], root: string): Promise<Draft> {
  const variants: Record<string, object> = {};
  for (const [index, context] of contexts.entries())
    variants[`v${index}`] = { dockerfile, context };
  const text = JSON.stringify({ variants });
  return draftConfig({ file: join(root, "layerkeep.yml"), text, vars: {} });
}

function missingIn(root: string, leg: LegInputs): readonly Problem[] {
  try {
    return findMissingSources(root, [leg]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems;
  }
}

/** `a/b`, `a`, `.`, and as many folders above it. */
function foldersFrom(folder: string, above: number): readonly string[] {
  const parent = posix.dirname(folder);
  if (folder !== ".") return [folder, ...foldersFrom(parent, above)];
  const ups = Array.from({ length: above }, (_, index) => "../".repeat(index + 1).slice(0, -1));
  return [folder, ...ups];
}

async function hasOnlyDockerfiles(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.every(
    (entry) => !entry.isDirectory() && (isDockerfile(entry.name) || /ignore$/.test(entry.name)),
  );
}
