import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../../errors.ts";
import { version } from "../../../version.ts";
import { type Io, warn } from "../../io.ts";
import { type Use, useServer } from "./control-client.ts";
import { startServer } from "./start-server.ts";
import { stopAndWait } from "./stop-server.ts";
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

/** How long another process may have the folder before that is an error, and before it is said. */
const heldMs = 30_000;
const silentMs = 1_000;
const pauseMs = 50;

/**
 * Uses the server that runs, or starts one; of several commands that start one at once, one wins
 * and the others use its server. Undefined if none runs and none may be started. Throws a usage
 * error if the folder cannot be used, or another process keeps it.
 */
export async function attach(
  { command, mayStart }: AttachOptions,
  io: Pick<Io, "env" | "err" | "warn" | "backgroundServer" | "signal">,
): Promise<Attached | undefined> {
  const files = serverFiles(io.env);
  const begun = performance.now();
  let isTold = false;
  for (;;) {
    const running = await useRunning(files, command);
    if (running !== undefined) return running;
    if (!mayStart()) return undefined;
    const report = await startServer(io);
    if (report.kind === "started") {
      for (const text of report.warnings) warn(io, text);
      continue;
    }
    const waited = performance.now() - begun;
    if (waited > heldMs) throw new UsageError(report.message, { hint: report.hint });
    if (waited > silentMs && !isTold) {
      io.err(`waiting for the embedded registry: ${report.message}\n`);
      isTold = true;
    }
    await sleep(pauseMs);
    io.signal.throwIfAborted();
  }
}

async function useRunning(files: ServerFiles, command: string): Promise<Attached | undefined> {
  const state = await readState(files);
  if (state === undefined) return undefined;
  // Another version's server is replaced as soon as nobody uses it.
  const isOther = state.version !== version && state.kind === "background";
  if (isOther && (await stopAndWait(state, false)) !== "in use") return undefined;
  const use = await useServer(state, command);
  return use === undefined ? undefined : { state, use };
}
