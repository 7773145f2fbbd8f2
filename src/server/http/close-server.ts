import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";

/**
 * Closes a server: at once to new connections, and to open ones after their request. What is still
 * open after the grace period is cut off, since a client may keep a connection open without a request
 * and never read its answer.
 */
export async function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection does not end with its last request.
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
}
