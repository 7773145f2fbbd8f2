import { randomBytes } from "node:crypto";
import type { RunningRegistry } from "../../../server/start.ts";
import { version } from "../../../version.ts";
import { type Farewell, startControl } from "./control/control-server.ts";
import { removeState, readState, type ServerFiles, type ServerState, writeState } from "./state.ts";
import type { ServerStatus } from "./control/status.ts";

interface AnnounceOptions extends Pick<ServerStatus, "root" | "idleMs"> {
  readonly files: ServerFiles;
  readonly kind: ServerState["kind"];
  readonly now: () => Date;
  /** The last warnings. */
  readonly warnings: () => readonly string[];
}

/** A registry that other commands find. */
export interface Announced extends AsyncDisposable {
  /** Aborts if somebody asks the server to stop. */
  readonly stopped: AbortSignal;
  /** When nobody used it last, in milliseconds since 1970; undefined: it is in use. */
  readonly unusedSince: () => number | undefined;
  /** Whether the state file still names this server. */
  readonly isNamed: () => Promise<boolean>;
  /** Nobody finds it any more, and the commands that use it learn why it ends. */
  readonly end: (why: Farewell) => Promise<void>;
}

/** How long a new server waits for the command that needs it. */
const firstUseMs = 10_000;

/** Lets other commands find, use and stop a registry. Nobody finds it any more once disposed. */
export async function announce(
  registry: Pick<RunningRegistry, "host" | "activity" | "hasRoot">,
  { files, kind, now, root, idleMs, warnings }: AnnounceOptions,
): Promise<Announced> {
  const startedAt = now();
  const stop = new AbortController();
  const { activity, hasRoot } = registry;
  const lastUse = (): number | undefined => {
    const uses = [control.lastUsedAt(), activity.lastRequestAt()].filter((at) => at !== undefined);
    return uses.length === 0 ? undefined : Math.max(...uses);
  };
  const firstUseUntil = startedAt.getTime() + firstUseMs;
  const unusedSince = (): number | undefined => {
    if (control.commands().length > 0 || activity.openRequests() > 0) return undefined;
    return lastUse() ?? firstUseUntil;
  };
  const endsAt = (): string | null => {
    const since = unusedSince();
    if (idleMs === null || since === undefined) return null;
    return new Date(since + idleMs).toISOString();
  };
  const token = randomBytes(32).toString("hex");
  const control = await startControl({
    token,
    status: () => ({
      ...{ startedAt: startedAt.toISOString(), root, idleMs, endsAt: endsAt() },
      openRequests: activity.openRequests(),
      warnings: [...warnings()],
    }),
    hasRoot,
    // Otherwise two versions that start at once could replace each other's server again and again.
    isAwaited: () =>
      kind === "background" && lastUse() === undefined && now().getTime() < firstUseUntil,
    onStop: () => stop.abort(),
  });
  const { pid } = process;
  const state = { host: registry.host, control: control.port, token, pid, root, version, kind };
  try {
    await writeState(files, state);
  } catch (error) {
    await control.close("stopped");
    throw error;
  }
  let ending: Promise<void> | undefined;
  const end = (why: Farewell): Promise<void> =>
    (ending ??= (async () => {
      // At once: a command that came now would be told that somebody stopped the server.
      const closed = control.close(why);
      // Without the root, its lock keeps no other server from writing its own state meanwhile.
      if (hasRoot()) await removeState(files, state);
      await closed;
    })());
  return {
    stopped: stop.signal,
    unusedSince,
    isNamed: async () => (await readState(files).catch(() => undefined))?.token === token,
    end,
    [Symbol.asyncDispose]: () => end("stopped"),
  };
}

/** The last warnings of a server, for its status. */
export function rememberWarnings(): {
  readonly add: (message: string) => void;
  readonly last: () => readonly string[];
} {
  const kept: string[] = [];
  return {
    add: (message) => {
      kept.push(message);
      if (kept.length > mostWarnings) kept.shift();
    },
    last: () => kept,
  };
}

const mostWarnings = 20;
