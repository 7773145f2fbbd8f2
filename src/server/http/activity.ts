import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** What clients do with a server. */
export interface Activity {
  /** Requests that are not fully answered. */
  readonly openRequests: () => number;
  /** When the last request began or ended, in milliseconds since 1970; undefined: there was none. */
  readonly lastRequestAt: () => number | undefined;
}

/** Counts a server's requests. */
export function watchActivity(server: Pick<Server, "on">): Activity {
  let open = 0;
  let last: number | undefined;
  server.on("request", (_: IncomingMessage, response: ServerResponse) => {
    open += 1;
    last = Date.now();
    response.once("close", () => {
      open -= 1;
      last = Date.now();
    });
  });
  return { openRequests: () => open, lastRequestAt: () => last };
}
