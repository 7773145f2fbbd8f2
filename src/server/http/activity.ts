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
  const onRequest = (_: IncomingMessage, response: ServerResponse): void => {
    open += 1;
    last = Date.now();
    response.once("close", () => {
      open -= 1;
      last = Date.now();
    });
  };
  server.on("request", onRequest);
  // Node emits this one instead for a request with `Expect: 100-continue`.
  server.on("checkContinue", onRequest);
  return { openRequests: () => open, lastRequestAt: () => last };
}
