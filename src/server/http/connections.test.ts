import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type ConnectionLimits, Connections } from "./connections.ts";

let server: Server | undefined;
const dialled: Socket[] = [];
afterEach(async () => {
  for (const socket of dialled.splice(0)) socket.destroy();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** A server that answers requests when they are released, in the order of arrival. */
async function serve(limits: ConnectionLimits) {
  const connections = new Connections(limits);
  const begun: string[] = [];
  const letGo: (() => void)[] = [];
  server = createServer((request, response) =>
    connections.take(request, response, async () => {
      begun.push(request.url ?? "");
      await new Promise<void>((resolve) => letGo.push(resolve));
      response.end(request.url);
    }),
  );
  server.on("connection", (socket: Socket) => connections.add(socket));
  server.on("clientError", (_, socket: Socket) =>
    connections.end(socket, () => socket.end("HTTP/1.1 400 Bad\r\nconnection: close\r\n\r\n")),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { begun, letGo: () => letGo.shift()?.() };
}

async function dial(
  localAddress = "127.0.0.1",
): Promise<{ socket: Socket; said: () => string; closed: Promise<unknown> }> {
  const { port } = server?.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  dialled.push(socket);
  let said = "";
  socket.on("data", (chunk) => (said += chunk.toString()));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { socket, said: () => said, closed };
}

const get = (path: string): string => `GET /${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

test("starts a request when the previous one is answered, and answers in order", async () => {
  const { begun, letGo } = await serve({});
  const { socket, said } = await dial();
  socket.write(get("1") + get("2") + get("3"));
  for (const expected of [["/1"], ["/1", "/2"], ["/1", "/2", "/3"]]) {
    await expect.poll(() => begun).toEqual(expected);
    letGo();
  }
  await expect.poll(() => said().match(/(?<=\r\n\r\n)\/\d/g)).toEqual(["/1", "/2", "/3"]);
  socket.write(get("4"));
  await expect.poll(() => begun.length).toBe(4);
});

test("closes a connection that pipelines too many requests, and no other", async () => {
  const { begun, letGo } = await serve({ mostAhead: 2 });
  const [greedy, modest] = [await dial(), await dial()];
  modest.socket.write(get("m1") + get("m2") + get("m3"));
  await expect.poll(() => begun).toEqual(["/m1"]);
  greedy.socket.write(get("1") + get("2") + get("3") + get("4"));
  await greedy.closed;
  letGo();
  await expect.poll(() => begun).toContain("/m2");
});

test("frees the slots of requests whose connection was closed", async () => {
  const { begun } = await serve({ mostAheadOfAll: 2 });
  for (let round = 0; round < 3; round++) {
    const { socket, closed } = await dial();
    socket.write(get("1") + get("2") + get("3"));
    await expect.poll(() => begun.length).toBe(round + 1);
    socket.resetAndDestroy();
    await closed;
  }
  const last = await dial();
  last.socket.write(get("last") + get("2") + get("3"));
  await expect.poll(() => begun).toContain("/last");
  expect(last.socket.destroyed).toBe(false);
});

test("answers complete requests before it refuses what follows them", async () => {
  const { letGo, begun } = await serve({});
  const { socket, said, closed } = await dial();
  socket.write(`${get("1")}no HTTP at all\r\n\r\n`);
  await expect.poll(() => begun).toEqual(["/1"]);
  letGo();
  await closed;
  expect(said().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
});

test.each([{ most: 3 }, { mostOfOne: 3 }])(
  "closes the longest idle connection if there are too many: %j",
  async (limits) => {
    const { begun } = await serve(limits);
    const [busy, idle, younger] = [await dial(), await dial(), await dial()];
    busy.socket.write(get("busy"));
    await expect.poll(() => begun).toEqual(["/busy"]);
    const next = await dial();
    await idle.closed;
    next.socket.write(get("next"));
    await expect.poll(() => begun).toContain("/next");
    expect([busy, younger, next].map(({ socket }) => socket.destroyed)).toEqual([
      false,
      false,
      false,
    ]);
  },
);

test("closes the oldest connection of the address that has the most, if none is idle", async () => {
  const { begun } = await serve({ most: 4 });
  const greedy = [await dial("127.0.0.2"), await dial("127.0.0.2"), await dial("127.0.0.2")];
  const other = await dial("127.0.0.3");
  for (const { socket } of [...greedy, other]) socket.write(get("work"));
  await expect.poll(() => begun.length).toBe(4);
  const next = await dial();
  await greedy[0]?.closed;
  // Nobody gets more than others by reconnecting, or closes connections that others have just
  // opened.
  await (await dial("127.0.0.2")).closed;
  next.socket.write(get("next"));
  await expect.poll(() => begun).toContain("/next");
  expect(other.socket.destroyed).toBe(false);
});

test("closes a new connection if all others are busy", async () => {
  const { begun, letGo } = await serve({ most: 2 });
  for (const path of ["1", "2"]) (await dial()).socket.write(get(path));
  await expect.poll(() => begun.length).toBe(2);
  await (await dial()).closed;
  letGo();
  const next = await dial();
  next.socket.write(get("3"));
  await expect.poll(() => begun).toContain("/3");
});
