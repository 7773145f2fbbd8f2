import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listen } from "../../../test/support/listen.ts";
import { Traffic } from "./traffic.ts";

let clock = 0;
let answer: (() => void) | undefined;
let host = "";
const server = createServer((_, response) => {
  answer = () => response.end("ok");
  server.emit("asked");
});

beforeEach(async () => {
  clock = 0;
  host = await listen(server);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it("a host is waiting until its answer begins, however long ago the request was sent", async () => {
  const traffic = new Traffic(() => clock);
  const outgoing = request(`http://${host}/`);
  traffic.watch(outgoing, host);
  outgoing.end();
  await once(server, "asked");
  traffic.waiting();
  clock = 12_000;
  expect(traffic.waiting()).toEqual([{ host, milliseconds: 12_000 }]);
  answer?.();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  response.resume();
  expect(traffic.waiting()).toEqual([]);
});

it("a host is not waiting while it takes what is sent, or while the content is slow", async () => {
  const traffic = new Traffic(() => clock);
  const outgoing = request(`http://${host}/`, { method: "PUT" });
  outgoing.on("error", () => undefined);
  traffic.watch(outgoing, host);
  outgoing.write("x".repeat(100_000));
  await once(server, "asked");
  await new Promise((done) => outgoing.write("y", done));
  clock = 20_000;
  expect(traffic.waiting()).toEqual([{ host, milliseconds: 0 }]);
  clock = 40_000;
  expect(traffic.waiting()).toEqual([{ host, milliseconds: 0 }]);
  expect(traffic.sentBytes).toBeGreaterThan(100_000);
  outgoing.destroy();
  await new Promise((done) => outgoing.once("close", done));
  expect(traffic.waiting()).toEqual([]);
  expect(traffic.sentBytes).toBeGreaterThan(100_000);
});
