import { count } from "../../count.ts";
import { formatBytes } from "../table.ts";

/** The default registry, as `registry status --json` prints it. */
export type RegistryStatus =
  | { readonly running: false; readonly root: string; readonly bytes: number }
  | ({ readonly running: true } & RunningStatus);

interface RunningStatus {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly pid: number;
  readonly kind: "background" | "serve";
  /** Of the Layerkeep that runs it. */
  readonly version: string;
  readonly startedAt: string;
  readonly root: string;
  readonly bytes: number;
  /** Milliseconds without use after which it stops; null: it does not. */
  readonly idleMs: number | null;
  /** Null: it is in use, or does not stop by itself. */
  readonly endsAt: string | null;
  readonly commands: readonly { readonly command: string; readonly pid: number }[];
  readonly openRequests: number;
  readonly warnings: readonly string[];
}

/** A line for each fact. */
export function renderStatus(status: RegistryStatus, now: Date): string {
  const { root, bytes } = status;
  const data = `data:     ${root} (${formatBytes(bytes)})`;
  if (!status.running) return `not running; commands start it when they need it\n${data}`;
  const { host, pid, version, kind, warnings } = status;
  const by = kind === "serve" ? ", by `layerkeep registry serve`" : "";
  return [
    `address:  ${host}`,
    `process:  ${pid} (Layerkeep ${version}${by}), since ${status.startedAt}`,
    data,
    `used by:  ${usersOf(status)}`,
    `stops:    ${stopsOf(status, now)}`,
    ...warnings.map((warning) => `warning:  ${warning}`),
  ].join("\n");
}

function usersOf({ commands, openRequests }: RunningStatus): string {
  const named = commands.map(({ command, pid }) => `layerkeep ${command} (process ${pid})`);
  const requests = openRequests === 0 ? [] : [count(openRequests, "request")];
  return [...named, ...requests].join(", ") || "nobody";
}

function stopsOf({ kind, endsAt, idleMs }: RunningStatus, now: Date): string {
  if (kind === "serve" || idleMs === null) return "with Ctrl-C or `layerkeep registry stop`";
  if (endsAt === null) return `after ${lengthOf(idleMs)} without use`;
  return `in ${lengthOf(Math.max(0, Date.parse(endsAt) - now.getTime()))}, if nobody uses it`;
}

/** `14 min`, `30 s`. */
function lengthOf(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
