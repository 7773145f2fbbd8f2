import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer } from "node:net";
import { listen } from "./listen.ts";

export interface TlsServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/**
 * A server with a certificate that nobody trusts, for 127.0.0.1. As Go's and nginx do, it answers
 * plain HTTP with a 400 that says what it wants.
 */
export async function startTlsServer(listener: RequestListener): Promise<TlsServer> {
  const https = createHttpsServer({ key, cert }, listener);
  const inner = Number((await listen(https)).split(":")[1]);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      const handshake = 0x16;
      if (first[0] !== handshake) {
        const body = "Client sent an HTTP request to an HTTPS server.\n";
        socket.end(`HTTP/1.0 400 Bad Request\r\n\r\n${body}`);
        return;
      }
      const upstream = connect(inner, "127.0.0.1");
      upstream.on("error", () => undefined);
      upstream.write(first);
      socket.pipe(upstream).pipe(socket);
    });
  });
  const host = await listen(server);
  return {
    host,
    async [Symbol.asyncDispose]() {
      https.closeAllConnections();
      https.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** Made for tests alone; it guards nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtTwv0w7jdJxfueT+
uoBCB1fc6/bni9swuLR5DDDFOdihRANCAASNNRXM5o91nKQv4uS0wraTgVN5U52t
d/zP/1Kg3eQy9eaUEqB3uqQhKfx7gQskfb/TqAVoNgMeRS2b/mCqfJfe
-----END PRIVATE KEY-----
`;

const cert = `-----BEGIN CERTIFICATE-----
MIIBpDCCAUugAwIBAgIUdyyxN8gwV3+od5g+0zARvKffqwkwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwObGF5ZXJrZWVwIHRlc3QwIBcNMjYxMTIxMDUyMTUzWhgPMjEy
NjEwMjgwNTIxNTNaMBkxFzAVBgNVBAMMDmxheWVya2VlcCB0ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEjTUVzOaPdZykL+LktMK2k4FTeVOdrXf8z/9SoN3k
MvXmlBKgd7qkISn8e4ELJH2/06gFaDYDHkUtm/5gqnyX3qNvMG0wHQYDVR0OBBYE
FMruRFKF/QoGePHvdmorrqxhbN6tMB8GA1UdIwQYMBaAFMruRFKF/QoGePHvdmor
rqxhbN6tMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxo
b3N0MAoGCCqGSM49BAMCA0cAMEQCIA+0sHXkqoeTvIs0h1rD/D7xxief1gbqiXfy
TUZiLjUrAiBuIsEqr8jJfA360/81eValEKYTKj4G0797rNdZs/pZJA==
-----END CERTIFICATE-----
`;

/** For 127.0.0.1 and localhost, in PEM. */
export const testCertificate = { cert, key } as const;
