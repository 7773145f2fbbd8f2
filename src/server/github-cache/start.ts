import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { messageOf } from "../../errors.ts";
import { listen, parseListen } from "../http/address.ts";
import { answerBlob } from "./answer-blob.ts";
import { Refusal } from "../http/refusal.ts";
import { type CacheEvent, Call } from "./answer-call.ts";
import { Entries } from "./entries.ts";
import type { EntryStore } from "./entry.ts";
import { FolderStore } from "./folder-store.ts";
import { type Scope, signToken } from "./token.ts";

interface ServiceOptions {
  /** `host:port`; port 0 picks a free port. 127.0.0.1:0 by default. */
  readonly listen?: string | undefined;
  /** Called for each request. */
  readonly onRequest?: ((line: string) => void) | undefined;
  /** Called for what is found, not found, written and refused. */
  readonly onCall?: ((what: CacheEvent) => void) | undefined;
  /** Called with what failed on our side. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export interface GithubCacheOptions extends ServiceOptions {
  /** The folder for entries; created if it does not exist. */
  readonly root: string;
}

/** A cache service that runs until it is closed. */
export interface RunningGithubCache extends AsyncDisposable {
  /** For `ACTIONS_RESULTS_URL`: `http://127.0.0.1:1234/` */
  readonly url: string;
  /**
   * A token for `ACTIONS_RUNTIME_TOKEN`, valid for a day, that uses these refs' caches in order.
   */
  token(scopes: readonly Scope[]): string;
}

const service = "/twirp/github.actions.results.api.v1.CacheService/";
const dayMs = 24 * 3_600_000;

/**
 * Starts the service that `type=gha` and actions/cache use in a GitHub job, as far as BuildKit
 * needs it: version 2 of the cache service, Twirp with JSON, and Azure-style blobs. Throws a usage
 * error if the address is not available.
 */
export async function startGithubCache(o: GithubCacheOptions): Promise<RunningGithubCache> {
  return serveEntries(await FolderStore.open(o.root), o);
}

/** Like `startGithubCache`, with entries that are kept elsewhere. */
export async function serveEntries(
  store: EntryStore,
  o: ServiceOptions,
): Promise<RunningGithubCache> {
  const entries = new Entries(store);
  const secret = randomBytes(32).toString("hex");
  let url = "";
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST" && asked.pathname.startsWith(service)) {
      const call = new Call(entries, { secret, url, count: (what) => o.onCall?.(what) });
      const [status, body] = await call.answer(asked.pathname.slice(service.length), request);
      sendJson(response, status, body);
      return;
    }
    await answerBlob(entries, secret, asked, request, response);
  };
  const server = createServer((request, response) => {
    response.once("close", () => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      o.onRequest?.(`${request.method ?? ""} ${path} ${response.statusCode}`);
    });
    handle(request, response).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : undefined;
      // What the client did not finish is no failure of ours.
      if (refusal === undefined && !request.socket.destroyed) o.onFailure?.(error);
      if (response.headersSent) response.destroy();
      else if (refusal !== undefined) {
        // The rest of the body is not read.
        response.setHeader("connection", "close");
        sendJson(response, refusal.status, { code: "out_of_range", msg: refusal.message });
      } else sendJson(response, 500, { code: "internal", msg: messageOf(error) });
    });
  });
  url = `http://${await listen(server, parseListen(o.listen ?? "127.0.0.1:0"), "the cache service")}/`;
  return {
    url,
    token: (scopes) => signToken(secret, scopes, Date.now() + dayMs),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
