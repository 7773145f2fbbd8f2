import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { SignedBlob } from "./signed-blob.ts";

let bench: RemoverBench;
let server: Server;
let answer: RequestListener;
const seen: string[] = [];
beforeEach(async () => {
  bench = removerBench();
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.headers.range ?? ""}`.trim());
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await new Promise((done) => server.close(done));
});

function open(): SignedBlob {
  const { port } = server.address() as AddressInfo;
  return new SignedBlob(bench.context.transport, new URL(`http://127.0.0.1:${port}/b?sig=secret`));
}

const content = Buffer.from("0123456789".repeat(1_000));

it("resumes a download where it broke", async () => {
  let times = 0;
  answer = (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const rest = content.subarray(start);
    response.writeHead(start === 0 ? 200 : 206, { "content-length": rest.length });
    if (times++ >= 2) response.end(rest);
    else response.write(rest.subarray(0, 3_000), () => setTimeout(() => response.destroy(), 20));
  };
  const read = Buffer.concat(await (await open().open()).toArray());
  expect(read.equals(content)).toBe(true);
  expect(seen).toEqual(["GET", "GET bytes=3000-", "GET bytes=6000-"]);
});

it("gives up if no more data arrives, and keeps the signature out of the error", async () => {
  answer = (_, response) => {
    response.writeHead(seen.length === 1 ? 200 : 206, { "content-length": content.length });
    response.write("", () => setTimeout(() => response.destroy(), 5));
  };
  const reading = (await open().open()).toArray();
  await expect(reading).rejects.toThrow(/^GET http:\/\/127\.0\.0\.1:\d+\/b\?sig=…:/);
});

it("waits as long as it is asked to, and reports a refusal", async () => {
  answer = (_, response) => {
    if (seen.length === 1) response.writeHead(429, { "retry-after": "7" }).end();
    else response.writeHead(201).end();
  };
  await open().upload(3, Readable.from([Buffer.from("abc")]), {});
  expect(seen).toEqual(["PUT", "PUT"]);
  expect(bench.time.clock()).toBeGreaterThanOrEqual(7_000);
  answer = (_, response) => response.writeHead(403).end();
  await expect(open().size()).rejects.toThrow("403");
});
