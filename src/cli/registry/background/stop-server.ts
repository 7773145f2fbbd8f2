import { setTimeout as sleep } from "node:timers/promises";
import { requireUnlocked, RootInUseError } from "../../../server/root/lock.ts";
import { registryFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";
import { askToStop } from "./control-client.ts";
import { readState, serverFiles, type ServerState } from "./state.ts";

/** A server lets running requests finish for up to five seconds. */
const stopMs = 20_000;
const pauseMs = 50;

/** Stops a server, and waits until it is gone. It is not stopped while it is in use, unless forced. */
export async function stopAndWait(
  state: ServerState,
  force: boolean,
): Promise<"stopped" | "in use" | "gone"> {
  const outcome = await askToStop(state, force);
  if (outcome !== "stopping") return outcome;
  const begun = performance.now();
  while (await isHeld(state.root)) {
    if (performance.now() - begun > stopMs) return "in use";
    await sleep(pauseMs);
  }
  return "stopped";
}

async function isHeld(root: string): Promise<boolean> {
  try {
    await requireUnlocked(root);
    return false;
  } catch (error) {
    if (error instanceof RootInUseError) return true;
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
