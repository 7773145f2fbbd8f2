import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readBody } from "./body-chunks.ts";

let server: Server;
let socket: Socket;
let read: Promise<Uint8Array[] | Error>;

beforeEach(async () => {
  server = createServer((request, response) => {
    read = (async () => {
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of { [Symbol.asyncIterator]: () => readBody(request) }) {
          chunks.push(chunk);
        }
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
      response.end();
      return chunks;
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  socket.destroy();
  server.close();
});

async function send(text: string): Promise<Uint8Array[] | Error> {
  const asked = new Promise((resolve) => server.once("request", resolve));
  socket.write(text);
  await asked;
  return read;
}

const head = "PUT / HTTP/1.1\r\nhost: x\r\n";

test("returns a body as it arrived, of known or unknown length, and nothing if there is none", async () => {
  const text = async (request: string): Promise<string> => {
    const chunks = await send(request);
    return chunks instanceof Error ? chunks.message : Buffer.concat(chunks).toString();
  };
  expect(await text(`${head}content-length: 5\r\n\r\nhello`)).toBe("hello");
  expect(
    await text(`${head}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`),
  ).toBe("abc");
  expect(await text(`${head}content-length: 0\r\n\r\n`)).toBe("");
});

test("returns all of a body that is larger than the buffer", async () => {
  const bytes = Buffer.alloc(5 << 20, "x");
  socket.write(`${head}content-length: ${bytes.length}\r\n\r\n`);
  socket.write(bytes);
  await new Promise((resolve) => server.once("request", resolve));
  const chunks = await read;
  expect(chunks instanceof Error ? chunks : Buffer.concat(chunks).equals(bytes)).toBe(true);
});

test("throws if the client disconnects in the middle", async () => {
  const asked = new Promise((resolve) => server.once("request", resolve));
  socket.write(`${head}content-length: 10\r\n\r\nhalf`);
  await asked;
  socket.destroy();
  expect(await read).toBeInstanceOf(Error);
});

test("refuses a short body that takes more than a minute", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const asked = new Promise((resolve) => server.once("request", resolve));
  socket.write(`${head}content-length: 10\r\n\r\nhalf`);
  await asked;
  now = 60_000;
  socket.write("more");
  expect(await read).toMatchObject({ status: 408, message: "the request body arrived too slowly" });
});
