import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../../../errors.ts";
import { requireUnlocked, RootInUseError } from "../../../server/root/lock.ts";
import { registryFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";
import { askToStop } from "./control/control-client.ts";
import { readState, serverFiles, type ServerState } from "./state.ts";

/** A server lets running requests finish for up to five seconds. */
const stopMs = 20_000;
const pauseMs = 50;

/**
 * Stops a server, and waits until it has released its folder. It is not stopped while it is in use,
 * unless forced. Throws an engine error if it does not end, or does not answer.
 */
export async function stopAndWait(
  state: ServerState,
  force: boolean,
): Promise<"stopped" | "in use" | "gone"> {
  const outcome = await askToStop(state, force);
  if (outcome === "silent") {
    const error = await silentError(state);
    if (error !== undefined) throw error;
    return "gone";
  }
  if (outcome !== "stopping") return outcome;
  const begun = performance.now();
  while ((await holderOf(state.root)) !== undefined) {
    if (performance.now() - begun > stopMs) {
      throw new EngineError(
        `the embedded registry (process ${state.pid}) did not stop within ${stopMs / 1000} s`,
        { hint: `end it with \`kill ${state.pid}\`` },
      );
    }
    await sleep(pauseMs);
  }
  return "stopped";
}

/**
 * The error for a server that does not answer. Undefined if nobody has its folder: it was killed, and
 * what does not answer is another program on its port.
 */
export async function silentError({ root }: ServerState): Promise<EngineError | undefined> {
  const cause = await holderOf(root);
  if (cause === undefined) return undefined;
  const hint = "wait a moment and try again, or end that process";
  return new EngineError(`${cause.message}, which does not respond`, { cause, hint });
}

async function holderOf(root: string): Promise<RootInUseError | undefined> {
  try {
    await requireUnlocked(root);
    return undefined;
  } catch (error) {
    if (error instanceof RootInUseError) return error;
    throw error;
  }
}

/**
 * Stops the background server if it has this folder and nobody uses it, for a command that needs
 * the folder for itself. That command says what is wrong if it does not get it.
 */
export async function stopIdleServer(root: string, io: Pick<Io, "env" | "cwd">): Promise<void> {
  if (!isDefaultRoot(root, io)) return;
  const state = await readState(serverFiles(io.env));
  if (state?.kind === "background") await stopAndWait(state, false);
}

/** Whether this is the folder of the registry that commands share. */
export function isDefaultRoot(root: string, io: Pick<Io, "env" | "cwd">): boolean {
  return root === registryFolder(undefined, io);
}
