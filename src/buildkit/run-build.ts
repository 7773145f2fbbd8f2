import { readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { systemCodeOf } from "../errors.ts";
import { startCommand } from "../exec.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { type BuildRequest, buildArguments } from "./arguments.ts";
import {
  bakeArguments,
  bakeDefinition,
  bakeEnvironment,
  withoutTargetNames,
} from "./linked-targets.ts";
import { buildError } from "./progress/build-errors.ts";
import type { Buildx } from "./builder/buildx.ts";
import { harmless } from "../harmless.ts";
import { type Mask, maskSecrets } from "../secrets.ts";
import { type LogLine, Progress, type ProgressSummary } from "./progress/progress.ts";
import { parseSolveStatus, type Vertex } from "./progress/rawjson.ts";

export interface BuildOptions {
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
  /** Replaces secrets in everything that the build prints (default: what looks like one). */
  readonly mask?: Mask;
  readonly onProgress?: (progress: Progress, lines: readonly LogLine[]) => void;
  /** Called each time BuildKit has received the files of a context. */
  readonly onReceived?: () => void;
}

export interface BuildResult {
  readonly summary: ProgressSummary;
  /** The digest of what was pushed. */
  readonly digest: Digest | undefined;
}

/**
 * Runs a build to its end. Throws a build failure if a step failed, and an engine error if the
 * engine went away or could not push the result.
 */
export async function runBuild(
  buildx: Buildx,
  request: BuildRequest,
  options: BuildOptions,
): Promise<BuildResult> {
  await using definition = await writeDefinition(request);
  const { mask = maskSecrets } = options;
  const argv = [buildx.path, ...(definition?.arguments ?? buildArguments(request))];
  const progress = new Progress(mask);
  // The provenance is in the registry; writing it to the metadata file as well costs a solve.
  const env = {
    ...buildx.env,
    ...request.env,
    ...(definition === undefined ? {} : bakeEnvironment),
    BUILDX_METADATA_PROVENANCE: "disabled",
  };
  // Like all paths, files of secrets and ssh agents are relative to the config's folder.
  const cwd = request.root;
  const child = startCommand(argv, { cwd, env, purpose: options.purpose, signal: options.signal });
  child.stdout.resume();
  // bake names the target before a step, and for a step that several share, one of them.
  const withoutTargets = (line: string): string => withoutTargetNames(line, request);
  const [said, exitCode] = await Promise.all([
    readProgress(
      child.stderr,
      progress,
      { renamed: request.renamed, withoutTargets, mask },
      options,
    ).catch((error: unknown) => {
      // The progress display failed: do not let the build continue unseen.
      child.stop();
      throw error;
    }),
    child.ended,
  ]);
  const summary = progress.summary();
  if (exitCode === 0) return { summary, digest: await readDigest(request.metadataFile) };
  throw buildError({ argv, exitCode, said, summary, purpose: options.purpose });
}

/** Writes the definition of a build with linked targets; undefined if it has none. */
async function writeDefinition(
  request: BuildRequest,
): Promise<(AsyncDisposable & { readonly arguments: readonly string[] }) | undefined> {
  if ((request.linked ?? []).length === 0) return undefined;
  const file = `${request.metadataFile}.bake.json`;
  await writeFile(file, bakeDefinition(request));
  return {
    arguments: bakeArguments(request, file),
    [Symbol.asyncDispose]: () => rm(file, { force: true }),
  };
}

const keptLines = 20;

interface LineOptions {
  readonly renamed: BuildRequest["renamed"];
  readonly withoutTargets: (line: string) => string;
  readonly mask: Mask;
}

/** Feeds the progress. Returns the last lines that are not progress. */
async function readProgress(
  stream: Readable,
  progress: Progress,
  { renamed, withoutTargets, mask }: LineOptions,
  { onProgress, onReceived }: BuildOptions,
): Promise<string[]> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const status = parseSolveStatus(withOldNames(withoutTargets(line), renamed));
    if (status !== undefined) {
      if (status.vertexes.some(isReceived)) onReceived?.();
      const lines = progress.add(status);
      onProgress?.(progress, lines);
    } else if (line.trim() !== "") {
      const text = mask(harmless(line));
      progress.note(text);
      said.push(text);
      if (said.length > keptLines) said.shift();
    }
  }
  return said;
}

/** Restores the names of the user's own Dockerfile in steps. */
function withOldNames(line: string, renamed: BuildRequest["renamed"]): string {
  let text = line;
  for (const [now, was] of renamed) text = text.replaceAll(inJson(now), inJson(was));
  return text;
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** `[internal] load build context`, or `[context NAME] load from client` for a named one. */
function isReceived({ name, completed }: Vertex): boolean {
  return completed !== undefined && /^\[[^\]]*\] load (?:build context|from client)$/.test(name);
}

async function readDigest(file: string): Promise<Digest | undefined> {
  try {
    const metadata: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof metadata !== "object" || metadata === null) return undefined;
    const digest: unknown =
      "containerimage.digest" in metadata && metadata["containerimage.digest"];
    return typeof digest === "string" && isDigest(digest) ? digest : undefined;
  } catch (cause) {
    // A build that exports nothing writes no metadata.
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw cause;
  } finally {
    await rm(file, { force: true });
  }
}
