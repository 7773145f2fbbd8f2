import type { Server } from "node:net";
import { isIP } from "node:net";
import { systemCodeOf, UsageError } from "../../errors.ts";

/** The address to listen on. */
export interface ListenAddress {
  /** A name or IP address, without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** Parses `host:port`, `:port` for every address, or a port on 127.0.0.1. Throws a usage error. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]\s]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new UsageError(`"${text}" is not a valid listen address`, {
      hint: "use host:port, such as 127.0.0.1:5000, or port 0 for any free port",
    });
  }
  const host = match[1] ?? "127.0.0.1";
  return { hostname: host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port };
}

/**
 * Starts listening. Returns `host:port` as a client on this machine can reach it. `what` names the
 * listener in errors. Throws a usage error that says why the address is not available.
 */
export function listen(
  server: Server,
  { hostname, port }: ListenAddress,
  what: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const address = `${bracketed(hostname)}:${port}`;
      reject(
        new UsageError(`${what} cannot listen on ${address}: ${reasonOf(cause)}`, {
          cause,
          hint: "choose another address, or port 0 for any free port",
        }),
      );
    };
    server.once("error", fail);
    server.listen(port, hostname, () => {
      server.off("error", fail);
      const address = server.address();
      const actual = typeof address === "object" && address !== null ? address.port : port;
      resolve(`${bracketed(reachable(hostname))}:${actual}`);
    });
  });
}

/** Listens on the first of these addresses that is not in use. Otherwise like `listen`. */
export async function listenOnFirst(
  server: Server,
  addresses: readonly ListenAddress[],
  what: string,
): Promise<string> {
  const [first, ...others] = addresses;
  if (first === undefined) throw new UsageError(`no address for ${what}`);
  return listen(server, first, what).catch((error: unknown) => {
    const isTaken = error instanceof UsageError && systemCodeOf(error.cause) === "EADDRINUSE";
    if (!isTaken || others.length === 0) throw error;
    return listenOnFirst(server, others, what);
  });
}

/** The form that is written before a port. */
export function bracketed(hostname: string): string {
  return isIP(hostname) === 6 ? `[${hostname}]` : hostname;
}

function reasonOf(cause: Error): string {
  switch (systemCodeOf(cause)) {
    case "EADDRINUSE":
      return "the port is in use";
    case "EACCES":
      return "this user is not allowed to use that port";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this machine has no such address";
    default:
      return cause.message;
  }
}

/** An address that a client on this machine can reach. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}
