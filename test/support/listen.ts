import { once } from "node:events";
import type { Server } from "node:net";

/** Listens on a free port of loopback, for connections as soon as it resolves. Returns `host:port`. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  return `127.0.0.1:${address.port}`;
}
