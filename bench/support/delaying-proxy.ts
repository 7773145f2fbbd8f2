import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface DelayingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/**
 * Passes connections on to a host on loopback. What a client sends arrives `milliseconds` later,
 * in order, so that each request takes that much longer, as over a network; what is under way at
 * once waits at once.
 */
export async function startDelayingProxy(
  host: string,
  milliseconds: number,
): Promise<DelayingProxy> {
  const [address = "127.0.0.1", port = "0"] = host.split(":");
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: address, port: Number(port), noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => undefined);
    }
    client.on("data", (chunk: Buffer) => {
      setTimeout(() => upstream.write(chunk), milliseconds);
    });
    client.once("end", () => setTimeout(() => upstream.end(), milliseconds));
    client.once("close", () => setTimeout(() => upstream.destroy(), milliseconds));
    upstream.pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = server.address();
  return {
    host: `127.0.0.1:${typeof own === "object" && own !== null ? own.port : 0}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
