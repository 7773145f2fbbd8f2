import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { listen } from "./listen.ts";

/** One request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection after so many bytes of the body. */
  readonly cutAfter?: number;
}

export type Script = (
  request: SeenRequest,
  seen: readonly SeenRequest[],
) => ScriptedAnswer | "hang up" | Promise<ScriptedAnswer | "hang up">;

/** A server on loopback that answers as a test has written it down. */
export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly seen: readonly SeenRequest[];
  /** `GET /v2/…`, one for each request. */
  lines(): string[];
}

/** Starts a server; the script answers each request once its body was read whole. */
export async function startScript(script: Script): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    void answer(script, seen, message, response);
  });
  const host = await listen(server);
  return {
    host,
    seen,
    lines: () => seen.map(({ method, url }) => `${method} ${url}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(
  script: Script,
  seen: SeenRequest[],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "", headers } = message;
  const body = await buffer(message).catch(() => Buffer.alloc(0));
  const request = { method, url, headers, body };
  seen.push(request);
  const said = await script(request, seen);
  if (said === "hang up") {
    message.socket.destroy();
    return;
  }
  const content = Buffer.from(said.body ?? "");
  response.writeHead(said.status, {
    ...(method === "HEAD" ? {} : { "content-length": content.length }),
    ...said.headers,
  });
  if (said.cutAfter === undefined) {
    response.end(content);
    return;
  }
  response.write(content.subarray(0, said.cutAfter), () => message.socket.destroy());
}
