import { once } from "node:events";
import { createServer, type IncomingMessage, request, type RequestListener } from "node:http";
import { request as requestTls } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../../../test/support/images.ts";
import { startTlsServer, testCertificate } from "../../../../test/support/tls-server.ts";
import { RingHttpAgent, RingHttpsAgent, RingSocket } from "./ring-socket.ts";

const bytes = bytesOf("ring", 5_000_000);

async function startPlain(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const kinds = [
  {
    kind: "plain HTTP",
    start: startPlain,
    agent: () => new RingHttpAgent({ keepAlive: true }),
    request,
    scheme: "http",
  },
  {
    kind: "TLS",
    start: startTlsServer,
    agent: () => new RingHttpsAgent({ keepAlive: true, rejectUnauthorized: false }),
    request: requestTls,
    scheme: "https",
  },
] as const;

for (const { kind, start, agent: agentOf, request: send, scheme } of kinds) {
  describe(`a ring socket over ${kind}`, () => {
    /** The head of the answer, on a connection that can be taken over. */
    async function get(host: string, agent = agentOf(), idleMs = 5000) {
      const outgoing = send(`${scheme}://${host}/`, { agent }).end();
      outgoing.on("error", () => undefined);
      outgoing.setTimeout(idleMs, () => {
        outgoing.destroy(Object.assign(new Error("idle"), { code: "ETIMEDOUT" }));
      });
      const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
      const { socket } = answer;
      if (!(socket instanceof RingSocket)) throw new Error("it is not a ring socket");
      return { answer, socket };
    }

    it("passes on every byte once, and overwrites none before it is released", async () => {
      await using server = await start((_, response) => response.end(bytes));
      const { answer, socket } = await get(server.host);
      const parts: Buffer[] = [];
      let holding = 0;
      let most = 0;
      await socket.pour(answer, bytes.length, (chunk, release) => {
        most = Math.max(most, ++holding);
        // If a chunk were overwritten before its release, the late copy would show it.
        setTimeout(() => {
          parts.push(Buffer.from(chunk));
          holding--;
          release();
        }, 2);
      });
      await sleep(10);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      // The bytes that arrive with the head have their own buffer.
      expect(most).toBeLessThanOrEqual(4);
    });

    it("passes on no more than requested, and ends the connection", async () => {
      await using server = await start((_, response) => response.end(bytes));
      const { answer, socket } = await get(server.host);
      const parts: Buffer[] = [];
      await socket.pour(answer, 1_234_567, (chunk, release) => {
        parts.push(Buffer.from(chunk));
        release();
      });
      expect(Buffer.concat(parts).equals(bytes.subarray(0, 1_234_567))).toBe(true);
      expect(socket.destroyed).toBe(true);
    });

    it("passes on what arrived before the answer broke off, and reports that it did", async () => {
      await using server = await start((_, response) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 700_001), () => response.destroy());
      });
      const { answer, socket } = await get(server.host);
      let got = 0;
      const poured = socket.pour(answer, bytes.length, (chunk, release) => {
        got += chunk.length;
        release();
      });
      await expect(poured).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(got).toBeLessThanOrEqual(700_001);
    });

    it("gives up if nothing arrives, but not while nothing is wanted", async () => {
      await using server = await start((_, response) => {
        response.writeHead(200, { "content-length": bytes.length + 1 });
        response.write(bytes);
      });
      const { answer, socket } = await get(server.host, agentOf(), 200);
      let got = 0;
      const poured = socket.pour(answer, bytes.length + 1, (chunk, release) => {
        got += chunk.length;
        setTimeout(release, got > 2_000_000 && got < 3_000_000 ? 300 : 0);
      });
      await expect(poured).rejects.toMatchObject({ code: "ETIMEDOUT" });
      expect(got).toBeGreaterThan(4_500_000);
    });

    it("rejects with the sink's error", async () => {
      await using server = await start((_, response) => response.end(bytes));
      const { answer, socket } = await get(server.host);
      const poured = socket.pour(answer, bytes.length, () => {
        throw new Error("no room");
      });
      await expect(poured).rejects.toThrow("no room");
    });

    it("serves ordinary requests one after the other on the same connection", async () => {
      const ports = new Set<number | undefined>();
      await using server = await start((incoming, response) => {
        ports.add(incoming.socket.remotePort);
        response.writeHead(404).write("not ");
        response.end("here");
      });
      const agent = agentOf();
      for (let count = 0; count < 3; count++) {
        const { answer } = await get(server.host, agent);
        const text: Buffer[] = [];
        for await (const chunk of answer as AsyncIterable<Buffer>) text.push(chunk);
        expect([answer.statusCode, Buffer.concat(text).toString()]).toEqual([404, "not here"]);
        await sleep(5);
      }
      expect(ports.size).toBe(1);
      agent.destroy();
    });
  });
}

describe("a ring socket over TLS to a server with an untrusted certificate", () => {
  it("is not connected", async () => {
    await using server = await startTlsServer((_, response) => response.end(bytes));
    const outgoing = requestTls(`https://${server.host}/`, { agent: new RingHttpsAgent() }).end();
    const [error] = (await once(outgoing, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("is not connected under a name that the certificate does not have", async () => {
    await using server = await startTlsServer((_, response) => response.end(bytes));
    const [, port] = server.host.split(":");
    const agent = new RingHttpsAgent();
    const options = { agent, ca: testCertificate.cert };
    const named = requestTls(`https://127.0.0.1:${port ?? ""}/`, options).end();
    const [answer] = (await once(named, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.destroy();
    const headers = { host: "registry.example" };
    const other = requestTls(`https://127.0.0.1:${port ?? ""}/`, { ...options, headers }).end();
    const [error] = (await once(other, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });
});
