import { UsageError } from "../../../../errors.ts";
import { compileIgnore, compilePatterns } from "../../../../dockerfile/ignore/ignore.ts";
import { compileGoMatch } from "../../../../dockerfile/expand/go-match.ts";
import type { FileSelection } from "../../../../dockerfile/stages/sources.ts";
import type { Repository } from "../../../files/repository.ts";
import type { NoBuildFile } from "../../../model/dockerfile-of.ts";
import type { BuiltStages } from "./stages-of.ts";

/** Files of the repository that change a build's result, by paths from its root. */
export interface BuildInputs {
  /** Of the Dockerfile. */
  readonly path: string;
  /** Those that the Dockerfile names, alone or by their folder, and the Dockerfile itself. */
  readonly named: readonly string[];
  /** Those that it takes with the whole context. */
  readonly others: readonly string[];
}

/** The files that a build takes; if an ignore file is one that BuildKit refuses, why. */
export function buildInputs(built: BuiltStages, repository: Repository): BuildInputs | NoBuildFile {
  const { path, context, stages } = built;
  const key = JSON.stringify([path, context, stages.contextSources]);
  const inputs = known.get(repository) ?? new Map<string, BuildInputs | NoBuildFile>();
  known.set(repository, inputs);
  const found = inputs.get(key) ?? readOrWhy(built, repository);
  inputs.set(key, found);
  return found;
}

/** The rows of a matrix often take the same files. */
const known = new WeakMap<Repository, Map<string, BuildInputs | NoBuildFile>>();

function readOrWhy(built: BuiltStages, repository: Repository): BuildInputs | NoBuildFile {
  try {
    return readInputs(built, repository);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: error.problems[0]?.message ?? error.message };
  }
}

function readInputs(
  { path, context, stages: { contextSources } }: BuiltStages,
  { files, read }: Repository,
): BuildInputs {
  const top = context === "" ? "" : `${context}/`;
  const ignoreFile = [`${path}.dockerignore`, `${top}.dockerignore`].find((name) =>
    files.has(name),
  );
  const ignore = compileIgnore(ignoreFile === undefined ? "" : (read(ignoreFile)?.text ?? ""));
  const sent = [...files].flatMap((name) => {
    const inContext = name.startsWith(top) ? name.slice(top.length) : undefined;
    return inContext === undefined || ignore.matches(inContext) ? [] : [inContext];
  });
  const sources = contextSources.filter(({ context: named }) => named === undefined);
  const takenBy = (isWhole: boolean): readonly string[] => {
    const takers = sources.filter((one) => (one.path === "") === isWhole).map(takes);
    return sent.filter((name) => takers.some((taken) => taken(name))).map((name) => top + name);
  };
  // Of a single file that is named, an ignore file can only break the build.
  const selects = sources.some((one) => one.wildcard || !files.has(top + one.path));
  const own = [path, selects ? ignoreFile : undefined].filter((name) => name !== undefined);
  const named = new Set([...own, ...takenBy(false)]);
  return { path, named: [...named], others: takenBy(true).filter((name) => !named.has(name)) };
}

/** Whether a selection takes a file of the context. */
function takes({ path, wildcard, include, exclude }: FileSelection): (name: string) => boolean {
  const matches = wildcard ? compileGoMatch(path) : undefined;
  const excluded = compilePatterns(exclude);
  const included = include === undefined ? undefined : compilePatterns([include]);
  return (name) => {
    const base = wildcard
      ? foldersOf(name).find((folder) => matches?.(folder))
      : isWithin(name, path)
        ? path
        : undefined;
    if (base === undefined) return false;
    const below = base === "" ? name : name.slice(base.length + 1);
    if (below !== "" && excluded.matches(below)) return false;
    return included === undefined || included.matches(below);
  };
}

function isWithin(name: string, folder: string): boolean {
  return folder === "" || name === folder || name.startsWith(`${folder}/`);
}

/** A path and the folders that it is in, the nearest to the top first. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
