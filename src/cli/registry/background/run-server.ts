import { setTimeout as sleep } from "node:timers/promises";
import { LayerkeepError, messageOf } from "../../../errors.ts";
import { RootInUseError } from "../../../server/root/lock.ts";
import { type RunningRegistry, startRegistry } from "../../../server/start.ts";
import { renderLogWarning } from "../../../server/observe/log.ts";
import { registryFolder } from "../../folders.ts";
import type { Io } from "../../io.ts";
import { announce, type Announced, rememberWarnings } from "./announce.ts";
import type { Farewell } from "./control/control-server.ts";
import { idleText, parseIdle } from "./idle-time.ts";
import { possibleHosts, rememberHost } from "./usual-host.ts";
import { serverFiles } from "./state.ts";

/** What a background server tells the command that started it. */
export type StartReport =
  | { readonly kind: "started"; readonly warnings: readonly string[] }
  /** Another process has the folder: `message` says which. */
  | { readonly kind: "held"; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: "failed"; readonly message: string; readonly hint: string | undefined };

const tickMs = 500;

/**
 * Serves the default registry's folder until nobody has used it for a while, somebody stops it, or
 * its files are deleted. Gives the exit code.
 */
export async function runBackgroundServer(
  io: Io,
  report: (report: StartReport) => void,
): Promise<number> {
  try {
    await serve(io, report);
    return 0;
  } catch (error) {
    if (!(error instanceof LayerkeepError)) throw error;
    const kind = error instanceof RootInUseError ? "held" : "failed";
    report({ kind, message: messageOf(error), hint: error.hint });
    return kind === "held" ? 0 : 2;
  }
}

async function serve(io: Io, report: (report: StartReport) => void): Promise<void> {
  const { env } = io;
  const files = serverFiles(env);
  const root = registryFolder(undefined, io);
  const idleMs = parseIdle(idleText(env));
  const warnings = rememberWarnings();
  const onWarning = (message: string): void => {
    warnings.add(message);
    io.err(renderLogWarning(message, "text", io.now().getTime()));
  };
  const hosts = await possibleHosts(files);
  await using registry = await startRegistry({ root, listen: hosts, onWarning });
  if (await rememberHost(files, registry.host)) {
    warnings.add(
      `another program uses ${hosts[0] ?? ""}, so this machine's registry is now at ${registry.host}: image references printed earlier still have the old port`,
    );
  }
  await using announced = await announce(registry, {
    ...{ files, root, idleMs, kind: "background", now: io.now, warnings: warnings.last },
  });
  report({ kind: "started", warnings: warnings.last() });
  const signal = AbortSignal.any([announced.stopped, io.signal]);
  const why = await untilUnused({ ...announced, hasRoot: registry.hasRoot }, idleMs, signal);
  const ended = announced.end(why);
  // The next server needs the port, and only the folder's lock would keep it waiting.
  if (why === "deleted") await registry.close();
  await ended;
}

async function untilUnused(
  {
    unusedSince,
    isNamed,
    hasRoot,
  }: Pick<Announced, "unusedSince" | "isNamed"> & Pick<RunningRegistry, "hasRoot">,
  idleMs: number,
  signal: AbortSignal,
): Promise<Farewell> {
  while (!signal.aborted) {
    await sleep(tickMs, undefined, { signal }).catch(() => undefined);
    if (!hasRoot()) return "deleted";
    // The state file was deleted, or is another server's.
    if (!(await isNamed())) return "ended";
    // Last: nothing may come between this and the end.
    const since = unusedSince();
    if (since !== undefined && Date.now() - since >= idleMs) return "ended";
  }
  return "stopped";
}
