import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isLocalName } from "../../../../server/access/local-names.ts";
import { listen } from "../../../../server/http/address.ts";
import { closeServer } from "../../../../server/http/close-server.ts";
import { isProof, nonceHeader, proofHeader, proofOfAnswer, proofOfRequest } from "./proof.ts";
import type { ServerStatus, UsingCommand } from "./status.ts";

export interface ControlOptions {
  readonly token: string;
  /** Everything but the commands. */
  readonly status: () => Omit<ServerStatus, "commands">;
  /** Whether the registry still has its folder. */
  readonly hasRoot: () => boolean;
  /** Whether the command that started the server is still to come. */
  readonly isAwaited: () => boolean;
  /** Called if somebody asks to stop. */
  readonly onStop: () => void;
}

/**
 * Why the registry ends, as the commands that use it learn: somebody stopped it, its folder was
 * deleted, or it ends for another reason and may be started again.
 */
export type Farewell = "stopped" | "deleted" | "ended";

/** Where commands say that they use the registry. */
export interface Control {
  readonly port: number;
  readonly commands: () => readonly UsingCommand[];
  /** When the last command ended, in milliseconds since 1970; undefined: there was none. */
  readonly lastUsedAt: () => number | undefined;
  /** Accepts nobody else, and tells those that use the registry why it ends. */
  readonly close: (why: Farewell) => Promise<void>;
}

/** How long a client may take to read its last answer. */
const closeGraceMs = 1_000;

/**
 * Listens on a free port of loopback, for processes that know the token: `GET /use` stays open for
 * as long as a command uses the registry, `GET /status` describes it, and `POST /stop` ends it.
 */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { token, status, hasRoot, isAwaited, onStop } = options;
  const using = new Map<ServerResponse, UsingCommand>();
  let lastUsedAt: number | undefined;
  let isStopping = false;
  const commands = (): readonly UsingCommand[] => [...using.values()];
  const use = (response: ServerResponse, query: URLSearchParams): void => {
    using.set(response, {
      command: query.get("command") ?? "",
      pid: Number(query.get("pid")),
      since: new Date().toISOString(),
    });
    response.once("close", () => {
      using.delete(response);
      lastUsedAt = Date.now();
    });
    response.flushHeaders();
  };
  const stop = (response: ServerResponse, query: URLSearchParams): void => {
    const isBusy = using.size > 0 || status().openRequests > 0 || isAwaited();
    const isRefused = isBusy && query.get("force") !== "true";
    if (!isRefused) {
      isStopping = true;
      // Not only if the answer is read: whoever asked may be gone.
      response.once("close", onStop);
    }
    response.writeHead(isRefused ? 409 : 202).end(JSON.stringify(commands()));
  };
  const server = createServer((request, response) => {
    const nonce = authenticated(request, token);
    if (nonce === undefined) {
      response.writeHead(403).end();
      return;
    }
    response.setHeader(proofHeader, proofOfAnswer(token, nonce));
    const { pathname, searchParams } = new URL(`http://127.0.0.1${request.url ?? "/"}`);
    const line = `${request.method ?? ""} ${pathname}`;
    if (isStopping) response.writeHead(line === "POST /stop" ? 202 : 503).end();
    else if (line === "GET /use" && !hasRoot()) response.writeHead(410).end();
    else if (line === "GET /use") use(response, searchParams);
    else if (line === "POST /stop") stop(response, searchParams);
    else if (line === "GET /status") {
      response.end(JSON.stringify({ ...status(), commands: commands() }));
    } else response.writeHead(404).end();
  });
  const host = await listen(server, { hostname: "127.0.0.1", port: 0 }, "the registry's control");
  return {
    port: Number(host.slice(host.lastIndexOf(":") + 1)),
    commands,
    lastUsedAt: () => lastUsedAt,
    close: (why) => {
      isStopping = true;
      for (const response of using.keys()) response.end(why);
      return closeServer(server, closeGraceMs);
    },
  };
}

/** The request's nonce, if it comes from somebody who knows the token, and not from a web page. */
function authenticated(
  { headers, method = "", url = "" }: IncomingMessage,
  token: string,
): string | undefined {
  const nonce = headers[nonceHeader];
  if (typeof nonce !== "string" || !isLocalName(headers.host ?? "")) return undefined;
  const expected = proofOfRequest(token, nonce, `${method} ${url}`);
  return isProof(headers[proofHeader], expected) ? nonce : undefined;
}
