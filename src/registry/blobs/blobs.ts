import { count } from "../../count.ts";
import { Readable } from "node:stream";
import { FormatError } from "../../errors.ts";
import { type Digest, hasherFor } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { BlobReader, getBlob, wrong } from "./blob-reader.ts";
import type { Write } from "../transport/connection/http.ts";
import { TooSlowError } from "../transport/pace/limits.ts";
import { readBounded, TooLargeError } from "../transport/read-bounded.ts";
import { pullScope } from "../auth/auth.ts";
import type { Transport } from "../transport/transport.ts";

/** The blob's size in bytes; undefined if the registry does not have it. */
export async function headBlob(
  transport: Transport,
  repository: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<{ size: number } | undefined> {
  const answer = await transport.send({
    method: "HEAD",
    repository,
    scopes: [pullScope(repository)],
    target: `${repository.path}/blobs/${digest}`,
    accept: [200, 404],
    signal,
  });
  answer.message.resume();
  if (answer.status === 404) return undefined;
  return { size: Number(answer.header("content-length") ?? 0) };
}

/** Where a whole blob is read to: a buffer that is used again costs less than a new one each time. */
export interface ReadInto {
  readonly signal?: AbortSignal | undefined;
  /** Has room for the blob. Its content is unknown if the read fails. */
  readonly into?: ArrayBuffer | undefined;
}

/** A whole, verified blob. Throws a format error if it is larger than `limit` bytes. */
export async function readBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  limit: number,
  { signal, into }: ReadInto = {},
): Promise<Buffer> {
  if (descriptor.size > limit) {
    throw new FormatError(
      `blob ${descriptor.digest} in ${formatRepository(repository)} is ${count(descriptor.size, "byte")}; the limit is ${limit}`,
    );
  }
  const first = await getBlob(transport, repository, descriptor, 0, { signal });
  const failed = { slowly: 0 };
  const bytes = await readBounded(first.message, descriptor.size, into).catch((error: unknown) => {
    transport.throwIfStopped(signal);
    if (error instanceof TooLargeError) {
      throw wrong(
        repository,
        descriptor,
        `more than ${count(descriptor.size, "byte")}`,
        descriptor.size + 1,
      );
    }
    if (error instanceof TooSlowError) failed.slowly = 1;
    return undefined;
  });
  if (bytes?.length === descriptor.size) {
    const hash = hasherFor(descriptor.digest);
    hash.update(bytes);
    const actual = hash.digest();
    if (actual !== descriptor.digest) throw wrong(repository, descriptor, actual, bytes.length);
    return bytes;
  }
  // The connection broke: continue with a stream, which resumes.
  const rest = await openBlob(transport, repository, descriptor, signal, failed.slowly);
  return readBounded(rest, into === undefined ? limit : descriptor.size, into);
}

/**
 * A blob as a stream, hashed on the way: it ends only if its size and digest match the descriptor,
 * and otherwise fails with an integrity error. A broken connection is resumed where it broke.
 * Rejects if the registry does not have the blob.
 */
export async function openBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  signal?: AbortSignal,
  failed = 0,
): Promise<Readable> {
  const reader = new BlobReader(transport, repository, descriptor, { signal, failed });
  await reader.open();
  const stopped = new AbortController();
  let next: (() => void) | undefined;
  const stream = new Readable({
    read: () => next?.(),
    destroy(error, done) {
      stopped.abort();
      reader.close();
      done(error);
    },
  });
  const write: Write = (chunk) =>
    stream.push(chunk) ? Promise.resolve() : new Promise((resolve) => (next = resolve));
  reader.pour(0, descriptor.size, write, stopped.signal).then(
    () => stream.push(null),
    (error: unknown) => stream.destroy(error instanceof Error ? error : undefined),
  );
  return stream;
}
