import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { systemCodeOf } from "../../errors.ts";
import { errorBody } from "../http/reply.ts";
import { Refusal } from "../http/refusal.ts";

/** Answers a non-HTTP message that was sent over TLS. */
type RefuseRaw = (error: Error, socket: Socket) => void;

/**
 * A TLS server that tells plain HTTP clients that it expects TLS: clients that do not know try
 * both, and a connection that only breaks tells them nothing.
 */
export function createTlsServer(
  settings: ServerOptions,
  listener: RequestListener,
  refuseRaw: RefuseRaw,
): Server {
  const server = createServer(settings, listener);
  // TLS hides the connection below it, on which plain HTTP has to be answered.
  const beneath = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    beneath.set(key, socket);
    socket.once("close", () => beneath.delete(key));
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    const code = systemCodeOf(error) ?? "";
    if (/^(?:HPE|ERR_HTTP)_/.test(code)) {
      refuseRaw(error, socket);
      return;
    }
    const plain = beneath.get(keyOf(socket));
    if (code === "ERR_SSL_HTTP_REQUEST" && plain?.writable === true)
      plain.end(wantsTls, () => socket.destroy());
    else socket.destroy();
  });
  return server;
}

function keyOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The words of Go's server, which clients look for. */
const words = "Client sent an HTTP request to an HTTPS server.";
const body = errorBody(new Refusal(400, "UNSUPPORTED", words));
const wantsTls =
  "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n" +
  `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
