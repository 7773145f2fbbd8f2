import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../../../server/http/address.ts";
import { isProof, nonceHeader, proofHeader, proofOfAnswer, proofOfRequest } from "./proof.ts";
import type { ServerStatus, UsingCommand } from "./status.ts";

export interface ControlOptions {
  readonly token: string;
  /** Everything but the commands. */
  readonly status: () => Omit<ServerStatus, "commands">;
  /** Called if somebody asks to stop. */
  readonly onStop: () => void;
}

/** Where commands say that they use the registry. */
export interface Control {
  readonly port: number;
  readonly commands: () => readonly UsingCommand[];
  /** When the last command ended, in milliseconds since 1970; undefined: there was none. */
  readonly lastUsedAt: () => number | undefined;
  /** Accepts nobody else, and tells those that use the registry that it stops. */
  readonly close: () => Promise<void>;
}

/**
 * Listens on a free port of loopback, for processes that know the token: `GET /use` stays open for
 * as long as a command uses the registry, `GET /status` describes it, and `POST /stop` ends it.
 */
export async function startControl({ token, status, onStop }: ControlOptions): Promise<Control> {
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
    const isBusy = using.size > 0 || status().openRequests > 0;
    const isRefused = isBusy && query.get("force") !== "true";
    if (!isRefused) isStopping = true;
    response.writeHead(isRefused ? 409 : 202).end(JSON.stringify(commands()), () => {
      if (!isRefused) onStop();
    });
  };
  const server = createServer((request, response) => {
    const nonce = authenticated(request, token);
    if (nonce === undefined || isStopping) {
      response.writeHead(nonce === undefined ? 403 : 503).end();
      return;
    }
    response.setHeader(proofHeader, proofOfAnswer(token, nonce));
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    switch (`${request.method ?? ""} ${pathname}`) {
      case "GET /use":
        use(response, searchParams);
        return;
      case "GET /status":
        response.end(JSON.stringify({ ...status(), commands: commands() }));
        return;
      case "POST /stop":
        stop(response, searchParams);
        return;
      default:
        response.writeHead(404).end();
    }
  });
  const host = await listen(server, { hostname: "127.0.0.1", port: 0 }, "the registry's control");
  return {
    port: Number(host.slice(host.lastIndexOf(":") + 1)),
    commands,
    lastUsedAt: () => lastUsedAt,
    close: () => {
      isStopping = true;
      for (const response of using.keys()) response.end("stopped");
      return new Promise((done) => {
        server.close(() => done());
        server.closeIdleConnections();
      });
    },
  };
}

/** The request's nonce, if it comes from somebody who knows the token. */
function authenticated(
  { headers, method = "", url = "" }: IncomingMessage,
  token: string,
): string | undefined {
  const nonce = headers[nonceHeader];
  if (typeof nonce !== "string") return undefined;
  const expected = proofOfRequest(token, nonce, `${method} ${url}`);
  return isProof(headers[proofHeader], expected) ? nonce : undefined;
}
