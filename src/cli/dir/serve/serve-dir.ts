import { exitCodeOf, messageOf, UsageError } from "../../../errors.ts";
import { harmlessJson } from "../../../harmless.ts";
import {
  renderLeftOut,
  renderRestored,
  renderSaved,
  renderServed,
} from "../../../report/dir/dir-report.ts";
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
import { type OpenDirs, openDirs } from "../open-dirs.ts";
import { restoreNow } from "../restore-now.ts";
import { saveNow } from "../save-now.ts";
import { makeObjectsFolder, makeServeFolder, type ServeFolder } from "./serve-folder.ts";
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
 * What was added is saved at the end, if this run may write.
 */
export async function serveDir(request: Request, options: Options, io: Io): Promise<number> {
  // Ctrl-C ends the serving, not the saving after it.
  const stop = new AbortController();
  const relay = (): void => stop.abort(io.signal.reason);
  io.signal.addEventListener("abort", relay, { once: true });
  await using dirs = await openDirs(options, { ...io, signal: stop.signal }, "write");
  const { key, family } = await dirs.renderKey(request.key, io.cwd);
  const prefixes = await Promise.all(
    request.prefixes.map(async (prefix) => (await dirs.renderKey(prefix, io.cwd)).key),
  );
  const { trust } = dirs.session;
  const readOnly = trust.level === "untrusted";
  if (readOnly) warn(io, `nothing will be added to ${key}: ${trust.reason}`);
  using folder = await makeServeFolder(io);
  const own = { ...dirs, memory: folder.memory };
  const note = (text: string): void => {
    if (!options.quiet && !options.json) io.err(`${text}\n`);
  };
  const restoring = { key, prefixes, paths: [folder.objects], owners: false };
  const restored = await restoreNow(own, restoring, io);
  note(renderRestored(key, restored, io.elapsed()));
  if (!makeObjectsFolder(folder)) {
    throw new UsageError(`the cache ${restored?.key ?? key} is a file, and no folder of objects`, {
      hint: "use a key that only `layerkeep dir serve` saves",
    });
  }
  io.signal.removeEventListener("abort", relay);
  const { objects: root, incoming } = folder;
  const { mostBytes, port } = request;
  await using cache = await startBuildCache({
    ...{ folder: root, incoming, mostBytes, port, readOnly },
    onFailure: onceOnly((error) => warn(io, `the build cache failed: ${messageOf(error)}`)),
  });
  const code = await serve(cache, { ...request, readOnly }, options, io);
  io.takeTime?.();
  await cache.close();
  const counts = cache.counts();
  note(renderServed(counts));
  const saving = { ...own, key: { key, family }, cache, folder, stop, readOnly };
  const ended = io.now().getTime();
  const ending = { ...io, elapsed: () => (io.now().getTime() - ended) / 1000 };
  const { saved, failure } = await save(saving, ending);
  if (saved !== undefined) note(renderSaved(saved, ending.elapsed()));
  const isAlone = request.command.length === 0;
  if (options.json && isAlone) {
    io.out(`${harmlessJson({ key, served: counts, saved: saved ?? null })}\n`);
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

interface Saving extends Pick<OpenDirs, "storage"> {
  readonly memory: string;
  readonly key: Parameters<typeof saveNow>[1]["key"];
  readonly cache: RunningBuildCache;
  readonly folder: ServeFolder;
  readonly stop: AbortController;
  readonly readOnly: boolean;
}

type SaveResult = Awaited<ReturnType<typeof saveNow>>;

/** A cache that could not be saved fails no build: it is said, and gives an exit code. */
async function save(
  { storage, memory, key, cache, folder, stop, readOnly }: Saving,
  io: Io,
): Promise<{ readonly saved?: SaveResult; readonly failure: number }> {
  const { objects } = cache;
  if (readOnly || objects.changes === 0 || objects.count === 0) return { failure: 0 };
  // The signal that ended the serving is done with; a first one may still end the saving.
  if (!io.signal.aborted) {
    io.signal.addEventListener("abort", () => stop.abort(io.signal.reason), { once: true });
  }
  try {
    objects.markUsed(io.now());
    const paths = [{ name: "objects", file: folder.objects }];
    const saved = await saveNow({ storage, memory }, { key, paths, allowEmpty: false }, io);
    for (const text of renderLeftOut(saved.leftOut)) warn(io, text);
    return { saved, failure: 0 };
  } catch (error) {
    warn(io, `${key.key} was not saved: ${messageOf(error)}`);
    return { failure: exitCodeOf(error) };
  }
}

/** A disk that is full would be said for each object. */
function onceOnly(report: (error: unknown) => void): (error: unknown) => void {
  let isDone = false;
  return (error) => {
    if (!isDone) report(error);
    isDone = true;
  };
}
