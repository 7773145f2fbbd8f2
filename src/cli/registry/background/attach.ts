import { EngineError, LayerkeepError, UsageError } from "../../../errors.ts";
import { version } from "../../../version.ts";
import { type Io, warn } from "../../io.ts";
import { type Use, useServer } from "./control/control-client.ts";
import { startPatience } from "./patience.ts";
import { startServer } from "./start-server.ts";
import { silentError, stopAndWait } from "./stop-server.ts";
import { readState, serverFiles, type ServerFiles, type ServerState } from "./state.ts";

/** A running server that this command uses. */
export interface Attached {
  readonly state: ServerState;
  readonly use: Use;
}

/** What a command needs a server for. */
export interface AttachOptions {
  /** The command, as `registry status` shows it. */
  readonly command: string;
  /** Whether a server is started if none runs. */
  readonly mayStart: () => boolean;
}

/** More often, something ends the server as soon as it runs. */
const mostStarts = 5;

/**
 * Uses the server that runs, or starts one; of several commands that start one at once, one wins
 * and the others use its server. Undefined if none runs and none may be started. Throws a usage
 * error if the folder cannot be used or another process keeps it, and an engine error if no server
 * stays.
 */
export async function attach(
  { command, mayStart }: AttachOptions,
  io: Pick<Io, "env" | "err" | "warn" | "backgroundServer" | "signal">,
): Promise<Attached | undefined> {
  const files = serverFiles(io.env);
  const patience = startPatience(io);
  for (let starts = 0; starts < mostStarts; ) {
    const found = await useRunning(files, command);
    if (found instanceof LayerkeepError) {
      await patience.pause(found);
      continue;
    }
    if (found !== undefined) return found;
    if (!mayStart()) return undefined;
    const report = await startServer(io);
    if (report.kind === "started") {
      starts += 1;
      for (const text of report.warnings) warn(io, text);
    } else await patience.pause(new UsageError(report.message, { hint: report.hint }));
  }
  throw new EngineError(
    `the embedded registry was started ${mostStarts} times, but did not run long enough to be used`,
    { hint: `see ${files.log}` },
  );
}

/** Undefined if none runs; an error if one does that cannot be used, and may be gone in a moment. */
async function useRunning(
  files: ServerFiles,
  command: string,
): Promise<Attached | LayerkeepError | undefined> {
  const state = await readState(files);
  if (state === undefined) return undefined;
  // Another version's server is replaced as soon as nobody uses it.
  const isOther = state.version !== version && state.kind === "background";
  if (isOther && (await stopAndWait(state, false)) === "stopped") return undefined;
  const use = await useServer(state, command);
  if (typeof use === "object") return { state, use };
  if (use === "rootless" && state.kind === "serve") throw rootlessError(state);
  if (use === "gone") return undefined;
  return use === "silent" ? silentError(state) : endingError();
}

function endingError(): EngineError {
  return new EngineError("the embedded registry is stopping, but has not stopped yet", {
    hint: "run `layerkeep registry status` to see its process",
  });
}

function rootlessError({ root, pid }: ServerState): UsageError {
  return new UsageError(
    `the registry that \`layerkeep registry serve\` runs (process ${pid}) has lost its folder, ${root}`,
    { hint: "it was deleted or taken over: stop that command, and run this one again" },
  );
}
