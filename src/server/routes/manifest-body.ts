import { contentLength, Refusal, type RegistryRequest } from "../reply.ts";

/** What the spec asks registries to take, and no more. */
const largestManifest = 4 << 20;
/** Bytes of manifests that are being received at once, by this process. */
const mostReceived = 128 << 20;

let received = 0;

/**
 * The body of a request that pushes a manifest, whole. Throws a refusal where it is larger than
 * 4 MiB or not as long as it says, and where too many come in at once: they stand in memory.
 */
export async function readManifestBody(request: RegistryRequest): Promise<Uint8Array> {
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
  } finally {
    received -= size;
  }
  if (expected !== undefined && size !== expected) {
    throw new Refusal(400, "SIZE_INVALID", `${size} bytes came where ${expected} were announced`);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal(413, "SIZE_INVALID", "a manifest has at most 4 MiB", {
    detail: { limit: largestManifest },
  });
}

function tooMany(): Refusal {
  return new Refusal(503, "TOOMANYREQUESTS", "too many manifests are coming in at once", {
    headers: { "retry-after": "1" },
  });
}
