import type { IncomingMessage } from "node:http";

/** A list of 50,000 blocks has some 3 MB. */
const largestBody = 4 << 20;

/** A request's body, where it is small. Throws where it is not. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBody) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
