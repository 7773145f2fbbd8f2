import { posix } from "node:path";
import { UsageError } from "../../errors.ts";
import type { Dockerfile } from "../../dockerfile/parse/dockerfile.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { knownText, type Text } from "../expressions/value.ts";
import type { Repository } from "../files/repository.ts";
import type { SourceFile } from "../yaml/node.ts";
import { placeInRepository } from "./checkouts.ts";
import type { Field } from "./field.ts";
import type { Build } from "./operation.ts";
import type { JobRun } from "./pipeline.ts";

/** The Dockerfile of a build, with paths relative to the repository's root. */
export interface BuildFile {
  readonly path: string;
  readonly dockerfile: Dockerfile;
  /** The folder that is the build's context; empty for the root. */
  readonly context: string;
}

/** Why the Dockerfile of a build cannot be read, as a sentence. */
export interface NoBuildFile {
  readonly why: string;
}

/** Reads the Dockerfile of a build from the repository. */
export function dockerfileOf(
  { context: given, dockerfile: file }: Build,
  job: JobRun,
  repository: Repository,
): BuildFile | NoBuildFile {
  const context = contextOf(given);
  if (typeof context !== "string") return context;
  const named = file === undefined ? undefined : pathOf(file.value);
  if (file !== undefined && named === undefined) {
    return { why: `the Dockerfile path ${file.value.text} is only known at run time` };
  }
  // Beside a git context, the path is relative to that; beside a folder, to the working directory.
  const isFolder = given !== undefined && !given.value.text.startsWith(defaultContext);
  const base = isFolder ? "" : context;
  const folder = placeInRepository(context, job);
  const path = placeInRepository(
    named === undefined ? posix.join(context, "Dockerfile") : posix.join(base, named),
    job,
  );
  if (typeof folder !== "string") return folder;
  if (typeof path !== "string") return path;
  const source = repository.read(path);
  if (source === undefined) return { why: `${path} was not found in the repository` };
  const dockerfile = parsed(source);
  return "why" in dockerfile ? dockerfile : { path, dockerfile, context: folder };
}

/** In docker/build-push-action: the repository at the run's commit. */
const defaultContext = "{{defaultContext}}";

/** A folder, relative to the working directory. */
function contextOf(given: Field | undefined): string | NoBuildFile {
  if (given === undefined) return "";
  const text = pathOf(given.value);
  if (text === undefined) {
    return { why: `the build context ${given.value.text} is only known at run time` };
  }
  if (text.startsWith(defaultContext)) return text.slice(defaultContext.length).replace(/^:/, "");
  if (text === "-" || isRemoteContext(text)) {
    return { why: `the build context ${text} is not in the repository` };
  }
  return text;
}

/** A path; the working directory is the workspace. */
function pathOf({ text, unknown }: Text): string | undefined {
  const isInWorkspace = unknown.length === 1 && text.startsWith(workspace);
  return isInWorkspace ? `.${text.slice(workspace.length)}` : knownText({ text, unknown });
}

const workspace = "${{ github.workspace }}";
const known = new WeakMap<SourceFile, Dockerfile | NoBuildFile>();

function parsed(source: SourceFile): Dockerfile | NoBuildFile {
  const before = known.get(source);
  if (before !== undefined) return before;
  const read = parse(source);
  known.set(source, read);
  return read;
}

function parse({ text, path }: SourceFile): Dockerfile | NoBuildFile {
  try {
    return parseDockerfile(text, path);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: `${path} is not a valid Dockerfile` };
  }
}
