import { count } from "../../count.ts";
import { contentLength, type RegistryRequest } from "../http/request.ts";
import { Refusal } from "../http/refusal.ts";

/** The size that the spec asks registries to accept. */
const largestManifest = 4 << 20;
/**
 * How many bytes of manifests this process receives or stores at once. Each is in memory as a
 * whole, and takes two to three times as much again as parsed JSON until it is durable.
 */
const mostReceived = 64 << 20;

let received = 0;

/**
 * Runs work with the complete body of a manifest push. Throws a refusal if it is larger than 4 MiB
 * or not as long as announced, or if too many are being pushed at once.
 */
export async function receiveManifest<T>(
  request: RegistryRequest,
  work: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const expected = contentLength(request);
  if ((expected ?? 0) > largestManifest) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.length;
      received += chunk.length;
      if (size > largestManifest) throw tooLarge();
      if (received > mostReceived) throw tooMany();
      chunks.push(chunk);
    }
    if (expected !== undefined && size !== expected) {
      throw new Refusal(
        400,
        "SIZE_INVALID",
        `expected ${count(expected, "byte")}, but got ${size}`,
      );
    }
    return await work(Buffer.concat(chunks.splice(0)));
  } finally {
    received -= size;
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, "SIZE_INVALID", "a manifest can be at most 4 MiB", {
    detail: { limit: largestManifest },
  });
}

function tooMany(): Refusal {
  return new Refusal(503, "TOOMANYREQUESTS", "too many manifests are being pushed at once", {
    headers: { "retry-after": "1" },
  });
}
