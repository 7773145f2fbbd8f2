import { setMaxListeners } from "node:events";
import { threadCrew } from "../../../dir/threads/crew.ts";
import { StoredObjects } from "../../../dir/objects/stored-objects.ts";
import { messageOf } from "../../../errors.ts";
import { harmlessJson } from "../../../harmless.ts";
import { renderSaved } from "../../../report/dir/dir-report.ts";
import { renderOpened, renderServed } from "../../../report/dir/serve-report.ts";
import { type RunningBuildCache, startBuildCache } from "../../../server/build-cache/start.ts";
import {
  type ConfigOptions,
  type GlobalOptions,
  type Io,
  type QuietOptions,
  warn,
} from "../../io.ts";
import { runWith } from "../../process/run-with.ts";
import { aborted } from "../../run/aborted.ts";
import { openDirs } from "../open-dirs.ts";
import { saveServed } from "./save-served.ts";
import { makeServeFolder } from "./serve-folder.ts";
import { serveVariables } from "./serve-variables.ts";

interface Request {
  readonly key: string;
  readonly prefixes: readonly string[];
  /** Empty: serve until Ctrl-C. */
  readonly command: readonly string[];
  readonly mostBytes: number;
  readonly port: number;
}

type Options = ConfigOptions & GlobalOptions & QuietOptions & { readonly write?: boolean };

/**
 * Serves a directory cache until Ctrl-C, or while a command runs, whose exit code it then gives.
 * Objects are fetched when they are asked for. What was added is saved at the end, if this run may
 * write.
 */
export async function serveDir(request: Request, options: Options, io: Io): Promise<number> {
  // Ctrl-C ends the serving, not the saving after it.
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const relay = (): void => stop.abort(io.signal.reason);
  io.signal.addEventListener("abort", relay, { once: true });
  await using dirs = await openDirs(options, { ...io, signal: stop.signal }, "write");
  const { storage, session } = dirs;
  const key = await dirs.renderKey(request.key, io.cwd);
  const prefixes = await Promise.all(
    request.prefixes.map(async (prefix) => (await dirs.renderKey(prefix, io.cwd)).key),
  );
  const readOnly = session.trust.level === "untrusted";
  if (readOnly) warn(io, `nothing will be added to ${key.key}: ${session.trust.reason}`);
  using folder = await makeServeFolder(io);
  await using crew = threadCrew();
  const note = (text: string): void => {
    if (!options.quiet && !options.json) io.err(`${text}\n`);
  };
  const { mostBytes, port } = request;
  let localBytes = (): number => 0;
  const source = {
    ...{ storage, crew, key: key.key, prefixes, folder: folder.packs, now: io.now },
    mostBytes: () => mostBytes - localBytes(),
    onFailure: onceOnly((error) =>
      warn(io, `objects that cannot be fetched count as not found: ${messageOf(error)}`),
    ),
  };
  const opened = await StoredObjects.open(source);
  note(renderOpened(key.key, opened?.found, io.elapsed()));
  io.signal.removeEventListener("abort", relay);
  await using cache = await startBuildCache({
    ...{ folder: folder.objects, mostBytes, origin: opened, port, readOnly },
    onFailure: onceOnly((error) => warn(io, `the build cache failed: ${messageOf(error)}`)),
  });
  localBytes = () => cache.objects.localBytes;
  const code = await serve(cache, { ...request, readOnly }, options, io);
  io.takeTime?.();
  await cache.close();
  const counts = cache.counts();
  const fetched = opened?.fetched ?? { bytes: 0, packs: 0 };
  note(renderServed(counts, fetched.bytes));
  const ended = io.now().getTime();
  const ending = { ...io, elapsed: () => (io.now().getTime() - ended) / 1000 };
  const saving = { key, source, opened, objects: cache.objects, mostBytes, stop };
  const { saved, failure } = readOnly ? { failure: 0 } : await saveServed(saving, ending);
  if (saved !== undefined) note(renderSaved(saved, ending.elapsed()));
  const isAlone = request.command.length === 0;
  if (options.json && isAlone) {
    const result = { key: key.key, served: counts, fetched, saved: saved ?? null };
    io.out(`${harmlessJson(result)}\n`);
  }
  return isAlone ? failure : code;
}

/** Waits for the command, or for Ctrl-C. */
async function serve(
  cache: RunningBuildCache,
  { command, readOnly }: Pick<Request, "command"> & { readonly readOnly: boolean },
  options: Options,
  io: Io,
): Promise<number> {
  const variables = serveVariables(cache, readOnly);
  if (command.length > 0) return await runWith(command, variables, io);
  const { url } = cache;
  if (options.json) io.out(`${harmlessJson({ url, env: variables })}\n`);
  else {
    for (const [name, value] of Object.entries(variables)) io.out(`export ${name}='${value}'\n`);
  }
  await aborted(io.signal);
  return 0;
}

/** A disk that is full would be said for each object. */
function onceOnly(report: (error: unknown) => void): (error: unknown) => void {
  let isDone = false;
  return (error) => {
    if (!isDone) report(error);
    isDone = true;
  };
}
