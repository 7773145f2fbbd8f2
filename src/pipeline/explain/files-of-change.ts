import { posix } from "node:path";
import { familiarName } from "../../dockerfile/image-name.ts";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import { parseContextAddress } from "../../dockerfile/context-address.ts";
import type { TreeChange } from "../../git/trees/trees.ts";
import type { BuildInputs } from "../../inputs/build-inputs.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { describeChange, type InputChange, listSome } from "./input-changes.ts";
import type { StageModel } from "./stage-model.ts";
import { parseStepName } from "./step-name.ts";

/** A change, with git's view of its files or Dockerfile. */
export type ChangeWithFiles = InputChange & { readonly files: readonly string[] };

/**
 * What differs on disk from a commit, by paths relative to the config's folder; undefined if git
 * cannot compare.
 */
export type FilesOfChange = (commit: string) => Promise<readonly TreeChange[] | undefined>;

/** One change, with the files behind it that it does not name itself. */
export function describeWithFiles(change: ChangeWithFiles): string {
  const named = describeChange(change);
  const more = change.files.filter((file) => !named.includes(file));
  return more.length === 0 ? named : `${named}: ${listSome(more)}`;
}

const mostFiles = 50;
const longestStep = 80;

/** Adds the files behind each change since a build, as far as git sees them. */
export async function withFiles(
  leg: PlannedLeg,
  since: BuildRecord | undefined,
  changes: readonly InputChange[],
  filesOf: FilesOfChange,
  model: StageModel | undefined,
): Promise<readonly ChangeWithFiles[]> {
  const wanted = changes.some(({ kind }) => kind === "files" || kind === "dockerfile");
  const found = wanted && since !== undefined ? await filesOf(since.commit) : undefined;
  return changes.map((change) => {
    const steps = change.kind === "dockerfile" ? newSteps(since, model) : [];
    return { ...change, files: steps.length > 0 ? steps : filesBehind(change, leg, found) };
  });
}

/**
 * The steps that the previous build did not have. Only steps named as written can be recognised.
 */
function newSteps(
  since: BuildRecord | undefined,
  model: StageModel | undefined,
): readonly string[] {
  if (since === undefined || model === undefined) return [];
  const before = new Set(since.steps.map(({ name }) => parseStepName(name)?.text));
  const runs = [...model.instructions]
    // BuildKit shows variables expanded, and only the beginning of a heredoc.
    .filter(([, { keyword, text }]) => keyword === "RUN" && !/\$|<</.test(text))
    .map(([line, { text }]) => ({ line, text: text.replace(/\s+/g, " ").trim() }));
  const fresh = runs.filter(({ text }) => !before.has(text));
  // If no step is recognised, the names are written differently.
  if (fresh.length === runs.length && runs.length > 1) return [];
  return fresh.map(({ line, text }) => `line ${line}: ${clip(text)}`);
}

function clip(text: string): string {
  return text.length <= longestStep ? text : `${text.slice(0, longestStep - 1)}…`;
}

function filesBehind(
  change: InputChange,
  { build }: PlannedLeg,
  found: readonly TreeChange[] | undefined,
): readonly string[] {
  const below = foldersOf(change, build);
  if (found === undefined || below.length === 0) return [];
  const behind = found.filter(({ path }) => below.some((folder) => isIn(path, folder)));
  if (behind.length > 0) return behind.slice(0, mostFiles).map(describeFile);
  if (change.kind === "dockerfile") return [];
  // BuildKit sees it, and git does not.
  return ["only what git does not track: permissions or ignored files"];
}

const namedContext = "named-context:";

/**
 * Paths of a part's files, relative to the config's folder; empty for a part that is not a file
 * here.
 */
function foldersOf({ kind, name, entries }: InputChange, build: BuildInputs): readonly string[] {
  if (kind === "dockerfile") {
    const file = dockerfilePath(build);
    return file === undefined ? [] : [file];
  }
  if (kind !== "files") return [];
  if (name.startsWith(namedContext)) {
    const wanted = name.slice(namedContext.length);
    return Object.entries(build.contexts)
      .filter(
        ([context, value]) =>
          familiarName(context) === wanted && parseContextAddress(value).kind === "folder",
      )
      .map(([, value]) => posix.normalize(value));
  }
  const own = name.startsWith("context/") ? [name.slice("context/".length)] : entries;
  return (own.length === 0 ? [""] : own).map((path) => posix.join(build.context, path));
}

function isIn(path: string, folder: string): boolean {
  return folder === "." || folder === "./" || path === folder || path.startsWith(`${folder}/`);
}

function describeFile({ path, before, entry }: TreeChange): string {
  if (before === undefined) return `${path} is new`;
  if (entry === undefined) return `${path} was deleted`;
  if (before.mode !== entry.mode) {
    const content = before.id === entry.id ? "" : " and its content";
    return `${path}: mode ${before.mode.slice(-3)} to ${entry.mode.slice(-3)}${content}`;
  }
  return path;
}
