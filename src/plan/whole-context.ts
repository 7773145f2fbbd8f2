import { readdirSync } from "node:fs";
import { posix, resolve } from "node:path";
import type { Config, Variant } from "../config/config.ts";
import { dockerfilePath } from "../config/variants/dockerfile-path.ts";
import { readIgnoreRules } from "../dockerfile/ignore/ignore-file.ts";
import { UsageError } from "../errors.ts";
import type { Plan } from "./plan.ts";

/** A variant whose legs depend on their whole context, so that nearly every commit builds them. */
export interface WholeContext {
  readonly variant: string;
  readonly legs: readonly string[];
  /** Where and why: `site/Dockerfile:12: COPY . .` */
  readonly where: string;
  /** How many of the last commits changed the context; null if git has no history. */
  readonly commits: { readonly touched: number; readonly of: number } | null;
  /** A suggestion for `inputs:`, at most 32 globs; null if nothing could be left out. */
  readonly inputs: readonly string[] | null;
  /**
   * What these globs leave out because other variants name it, with the commits that changed it.
   */
  readonly leftOut: readonly { readonly path: string; readonly commits: number }[];
  /** What changed most of the rest, at most five. */
  readonly changesMost: readonly { readonly path: string; readonly commits: number }[];
}

const mostGlobs = 32;
const mostShown = 5;
const part = "whole-context";

/** Whether any leg could get a suggestion: only then is the history worth reading. */
export function hasWholeContext({ legs }: Plan): boolean {
  return legs.some(({ input }) => part in input.parts);
}

/**
 * The variants that take their whole context, with globs that would narrow it to the context's
 * top-level entries that no other variant names. Only the user can decide that a glob leaves out
 * nothing that matters. `history` has the paths that each of the last commits changed, relative to
 * the config's folder; undefined if unknown.
 */
export function findWholeContexts(
  config: Config,
  plan: Plan,
  history: readonly (readonly string[])[] | undefined,
): readonly WholeContext[] {
  return config.variants.flatMap((variant) => {
    const legs = plan.legs.filter(
      ({ variant: name, input }) => name === variant.name && part in input.parts,
    );
    const [first] = legs;
    if (first === undefined || variant.inputs.length > 0) return [];
    const where = first.input.parts[part] ?? "";
    const ids = legs.map(({ id }) => id);
    return [
      { variant: variant.name, legs: ids, where, ...suggest(config, plan, variant, history) },
    ];
  });
}

function suggest(
  config: Config,
  plan: Plan,
  variant: Variant,
  history: readonly (readonly string[])[] | undefined,
): Pick<WholeContext, "commits" | "inputs" | "leftOut" | "changesMost"> {
  const context = clean(variant.context);
  const touched = (history ?? [])
    .map((paths) => new Set(paths.flatMap((path) => topBelow(context, path) ?? [])))
    .filter((tops) => tops.size > 0);
  const commitsOf = (path: string): number => touched.filter((tops) => tops.has(path)).length;
  const named = namedByOthers(plan, variant);
  const entries = entriesOf(config, variant);
  const isOther = ({ name }: Entry): boolean => named(posix.join(context, name));
  const rest = entries.filter((entry) => !isOther(entry));
  const leftOut = shown(entries.filter(isOther), commitsOf);
  const narrows = leftOut.length > 0 && rest.length > 0 && rest.length <= mostGlobs;
  return {
    commits: history === undefined ? null : { touched: touched.length, of: history.length },
    inputs: narrows ? rest.map(({ name, folder }) => (folder ? `${name}/**` : name)) : null,
    leftOut: narrows ? leftOut : [],
    changesMost: shown(rest, commitsOf).filter(({ commits }) => commits > 0),
  };
}

/**
 * Whether another variant names an entry: its Dockerfile or its own context is in it, or an
 * instruction takes exactly that. Taking part of a folder does not count.
 */
function namedByOthers(plan: Plan, variant: Variant): (path: string) => boolean {
  const homes = new Set<string>();
  const taken = new Set<string>();
  for (const { variant: name, build, input } of plan.legs) {
    if (name === variant.name) continue;
    const context = clean(build.context);
    if (context !== clean(variant.context)) homes.add(context);
    const file = dockerfilePath(build);
    if (file !== undefined) homes.add(clean(file));
    for (const label of Object.keys(input.parts)) {
      const [, word] = /^files:\S+ (\S+)/.exec(label) ?? [];
      if (word !== undefined) taken.add(clean(posix.join(context, word)));
    }
  }
  const own = dockerfilePath(variant);
  if (own !== undefined) homes.delete(clean(own));
  return (path) =>
    taken.has(path) || [...homes].some((home) => home === path || home.startsWith(`${path}/`));
}

function clean(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

/** Top-level entries of the context that are not ignored. */
function entriesOf({ root }: Config, variant: Variant): readonly Entry[] {
  const folder = resolve(root, variant.context);
  try {
    const file = dockerfilePath(variant);
    const rules = readIgnoreRules(folder, file && resolve(root, file));
    return readdirSync(folder, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
      .filter(({ name }) => name !== ".git" && !rules.enter(name).matched)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof UsageError || (error instanceof Error && "code" in error)) return [];
    throw error;
  }
}

/** The top-level entry of the context that contains a path; undefined for a path outside. */
function topBelow(context: string, path: string): string | undefined {
  if (context === ".") return path.startsWith("../") ? undefined : path.split("/", 1)[0];
  if (!path.startsWith(`${context}/`)) return undefined;
  return path.slice(context.length + 1).split("/", 1)[0];
}

function shown(
  entries: readonly Entry[],
  commitsOf: (path: string) => number,
): readonly { readonly path: string; readonly commits: number }[] {
  return entries
    .map(({ name }) => ({ path: name, commits: commitsOf(name) }))
    .sort((a, b) => b.commits - a.commits)
    .slice(0, mostShown);
}
