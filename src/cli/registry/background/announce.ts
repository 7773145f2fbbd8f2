import { randomBytes } from "node:crypto";
import type { RunningRegistry } from "../../../server/start.ts";
import { version } from "../../../version.ts";
import { startControl } from "./control-server.ts";
import { removeState, readState, type ServerFiles, type ServerState, writeState } from "./state.ts";
import type { ServerStatus } from "./status.ts";

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
}

/** How long a new server waits for the command that needs it. */
const firstUseMs = 10_000;

/** Lets other commands find, use and stop a registry. Nobody finds it any more once disposed. */
export async function announce(
  registry: Pick<RunningRegistry, "host" | "activity">,
  { files, kind, now, root, idleMs, warnings }: AnnounceOptions,
): Promise<Announced> {
  const startedAt = now();
  const stop = new AbortController();
  const { activity } = registry;
  const unusedSince = (): number | undefined => {
    if (control.commands().length > 0 || activity.openRequests() > 0) return undefined;
    const uses = [control.lastUsedAt(), activity.lastRequestAt()].filter((at) => at !== undefined);
    return uses.length === 0 ? startedAt.getTime() + firstUseMs : Math.max(...uses);
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
    onStop: () => stop.abort(),
  });
  const { pid } = process;
  const state = { host: registry.host, control: control.port, token, pid, root, version, kind };
  try {
    await writeState(files, state);
  } catch (error) {
    await control.close();
    throw error;
  }
  return {
    stopped: stop.signal,
    unusedSince,
    isNamed: async () => (await readState(files).catch(() => undefined))?.token === token,
    async [Symbol.asyncDispose]() {
      // At once: a command that came now would be told that somebody stopped the server.
      const closed = control.close();
      await removeState(files, state);
      await closed;
    },
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
