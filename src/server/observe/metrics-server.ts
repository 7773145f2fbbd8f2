import { createServer, type RequestListener } from "node:http";
import { listen, parseListen } from "../http/address.ts";

export interface MetricsServer {
  /** `http://127.0.0.1:9090/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` on its own address, without a login: a proxy or an open port for the registry
 * then does not expose it. Throws a usage error if the address is not available.
 */
export async function startMetricsServer(
  address: string,
  render: () => string,
): Promise<MetricsServer> {
  const answer: RequestListener = (request, response) => {
    const isHere = request.url?.split("?", 1)[0] === "/metrics";
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isHere || !isRead) {
      response.writeHead(isHere ? 405 : 404, { "content-length": 0 }).end();
      return;
    }
    const body = render();
    response.writeHead(200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "content-length": Buffer.byteLength(body),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, answer);
  const host = await listen(server, parseListen(address), "the metrics");
  return {
    url: `http://${host}/metrics`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
