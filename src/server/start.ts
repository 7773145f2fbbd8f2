import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import { isIP } from "node:net";
import { UsageError, messageOf } from "../errors.ts";
import { isLoopback } from "../oci/reference.ts";
import type { BasicAuth } from "./auth.ts";
import { createHandler } from "./handler.ts";
import { createHttpServer, type LogEntry } from "./http.ts";
import { lockRoot } from "./lock.ts";
import { Mirror, type MirrorOptions } from "./mirror/mirror.ts";
import { systemCodeOf } from "./reply.ts";
import { openStore, type Store } from "./store/store.ts";

export interface RegistryOptions {
  /** The folder that all is kept in; made where it is not there. */
  readonly root: string;
  /** `host:port`; port 0 takes a free one. 127.0.0.1:0 by default. */
  readonly listen?: string | undefined;
  /** Who may read and write. Without it everyone who reaches the address may. */
  readonly auth?: BasicAuth | undefined;
  readonly readOnly?: boolean | undefined;
  /** Mirrors another registry: reads are served from there and kept, writes are refused. */
  readonly mirror?: MirrorOptions | undefined;
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
  /** Milliseconds that a client may stand still in the middle of a request. A minute by default. */
  readonly idleMs?: number | undefined;
}

/** A registry that serves until it is closed. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  /** `127.0.0.1:5000`: what stands before the first slash of a reference. */
  readonly host: string;
  /** Lets running requests end, for five seconds, and gives the root free. */
  close(): Promise<void>;
}

const defaultIdleMs = 60_000;
const closeGraceMs = 5_000;
const expireEveryMs = 60_000;

/**
 * Starts the embedded registry: the OCI distribution spec 1.1 over a folder. Throws a usage error
 * where the address is not loopback and there is no password, the port is taken, the root cannot
 * be written or another process has it.
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { hostname, port } = parseListen(options.listen ?? "127.0.0.1:0");
  if (options.auth === undefined && !isLoopback(bracketed(hostname))) {
    throw new UsageError(`a registry on ${bracketed(hostname)} needs a password`, {
      hint: "others on the network could write to it: set a password, or listen on 127.0.0.1",
    });
  }
  const { store, unlock } = await openRoot(options.root);
  try {
    const server = createHttpServer({
      handle: createHandler({
        store,
        auth: options.auth,
        readOnly: options.readOnly,
        mirror: options.mirror && new Mirror(store, options.mirror),
      }),
      idleMs: options.idleMs ?? defaultIdleMs,
      onLog: options.onLog,
    });
    await listen(server, hostname, port);
    const expiring = setInterval(() => {
      store.uploads.expire().catch(() => undefined);
    }, expireEveryMs);
    expiring.unref();
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> =>
      (closing ??= (async () => {
        clearInterval(expiring);
        await closeServer(server);
        await unlock();
      })());
    const address = server.address();
    const actual = typeof address === "object" && address !== null ? address.port : port;
    const host = `${bracketed(reachable(hostname))}:${actual}`;
    return { url: `http://${host}`, host, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openRoot(root: string): Promise<{ store: Store; unlock: () => Promise<void> }> {
  try {
    await mkdir(root, { recursive: true });
    const unlock = await lockRoot(root);
    try {
      return { store: await openStore(root), unlock };
    } catch (error) {
      await unlock();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`the registry cannot keep its data in ${root}: ${messageOf(cause)}`, {
      cause,
      hint: "choose a folder on a disk with free space that this user may write to",
    });
  }
}

function parseListen(text: string): { hostname: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]\s]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new UsageError(`"${text}" is not an address to listen on`, {
      hint: "write host:port, such as 127.0.0.1:5000; port 0 takes a free one",
    });
  }
  const host = match[1] ?? "127.0.0.1";
  return { hostname: host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port };
}

function listen(server: Server, hostname: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error) => {
      const address = `${bracketed(hostname)}:${port}`;
      reject(
        new UsageError(`the registry cannot listen on ${address}: ${reasonOf(cause)}`, {
          cause,
          hint: "choose another address; port 0 takes a free one",
        }),
      );
    });
    server.listen(port, hostname, resolve);
  });
}

function reasonOf(cause: Error): string {
  switch (systemCodeOf(cause)) {
    case "EADDRINUSE":
      return "the port is in use";
    case "EACCES":
      return "this user may not take that port";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this machine has no such address";
    default:
      return cause.message;
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is kept alive does not end with its last request.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const force = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
}

/** An address that a client on this machine can name. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

function bracketed(hostname: string): string {
  return isIP(hostname) === 6 ? `[${hostname}]` : hostname;
}
