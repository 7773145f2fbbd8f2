import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/** A server on loopback that answers below HTTP, as no HTTP server would. */
export interface RawServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The first line of each request that came, as far as it came in one piece. */
  readonly lines: readonly string[];
}

/** Calls `answer` with each piece that comes, and its connection. */
export async function startRawServer(
  answer: (socket: Socket, text: string) => void,
): Promise<RawServer> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (/^[A-Z]+ \//.test(text)) lines.push(text.slice(0, text.indexOf(" HTTP/")));
      answer(socket, text);
    });
  });
  const host = await listen(server);
  return {
    host,
    lines,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Writes a text over and over, or once bit by bit, until the connection ends. */
export function trickle(socket: Socket, text: string, everyMs: number, piece = text.length): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return;
    socket.write(text.slice(at, at + piece));
    at += piece;
    if (at >= text.length) at = 0;
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}
