import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { listen } from "./listen.ts";

export interface ConnectProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `CONNECT registry.test:443`, or `GET http://registry.test/v2/`. */
  readonly seen: readonly string[];
}

interface ConnectProxyOptions {
  /** `127.0.0.1:PORT`: all that is asked for is found there. */
  readonly upstream: string;
  /** `Basic …`, without which nobody is let through. */
  readonly authorization?: string;
  /** What CONNECT is answered with, instead of a way through; 0: nothing at all. */
  readonly refuse?: number;
}

/** An HTTP proxy, as companies have them at the border of their network. */
export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const { authorization, refuse } = options;
  const [hostname, port = "0"] = options.upstream.split(":");
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const isLetIn = ({ headers }: IncomingMessage): boolean =>
    authorization === undefined || headers["proxy-authorization"] === authorization;
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    if (!isLetIn(incoming)) {
      incoming.resume();
      outgoing.writeHead(407).end();
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? "");
    const { method, headers } = incoming;
    const path = `${pathname}${search}`;
    const forward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forward);
  });
  server.on("connection", (socket) => keep(socket));
  server.on("connect", (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url ?? ""}`);
    const status = isLetIn(incoming) ? refuse : 407;
    if (status === 0) return;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = keep(connect(Number(port), hostname));
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    upstream.pipe(socket).pipe(upstream);
  });
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    return socket;
  };
  const host = await listen(server);
  return {
    host,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
