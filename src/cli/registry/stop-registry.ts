import { UsageError } from "../../errors.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { askStatus } from "./background/control/control-client.ts";
import { readState, serverFiles } from "./background/state.ts";
import { stopAndWait } from "./background/stop-server.ts";

/**
 * Stops the default registry. Throws a usage error if it is in use, unless forced, and an engine
 * error if it does not end or does not respond.
 */
export async function stopRegistry(
  options: GlobalOptions & { readonly force?: boolean },
  io: Io,
): Promise<void> {
  const state = await readState(serverFiles(io.env));
  const status = state && (await askStatus(state));
  const commands = typeof status === "object" ? status.commands : [];
  const outcome = state === undefined ? "gone" : await stopAndWait(state, options.force === true);
  if (outcome === "in use") {
    const by = commands.map(({ command, pid }) => `${command} (process ${pid})`);
    const users = by.length === 0 ? "a client" : by.join(", ");
    throw new UsageError(`the embedded registry is in use by ${users}`, {
      hint: "wait until that has finished, or pass --force to stop the registry anyway",
    });
  }
  const stopped = outcome === "stopped";
  const host = state?.host ?? null;
  show(io, options, { stopped, host }, () =>
    stopped
      ? `stopped the registry at ${host ?? ""}; its data is kept`
      : "the registry is not running",
  );
}
