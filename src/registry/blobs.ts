import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { FormatError, IntegrityError, RegistryError } from "../errors.ts";
import { type Digest, hasherFor } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { isBroken, unreachable } from "./failure.ts";
import { readBounded, TooLargeError } from "./read-bounded.ts";
import { redactUrl } from "./redact.ts";
import { maxTries } from "./retry.ts";
import { pullScope } from "./scopes.ts";
import type { Answer, Transport } from "./transport.ts";

/** The blob's size in bytes; undefined where the registry has none. */
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

/** A blob whole and verified. Throws a format error where it is larger than `limit` bytes. */
export async function readBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  limit: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (descriptor.size > limit) {
    throw new FormatError(
      `blob ${descriptor.digest} in ${formatRepository(repository)} has ${descriptor.size} bytes, and at most ${limit} are read`,
    );
  }
  const first = await getBlob(transport, repository, descriptor, 0, signal);
  const bytes = await readBounded(first.message, descriptor.size).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof TooLargeError) {
      throw wrong(
        repository,
        descriptor,
        `more than ${descriptor.size} bytes`,
        descriptor.size + 1,
      );
    }
    return undefined;
  });
  if (bytes?.length === descriptor.size) {
    const hash = hasherFor(descriptor.digest);
    hash.update(bytes);
    check(repository, descriptor, hash.digest(), bytes.length);
    return bytes;
  }
  // The connection broke: the stream knows how to go on.
  return readBounded(await openBlob(transport, repository, descriptor, signal), limit);
}

/**
 * A blob as a stream, hashed on its way: it ends only where its size and digest are those of the
 * descriptor, and else fails with an integrity error. A connection that breaks is picked up where
 * it broke. Rejects where the registry has no such blob.
 */
export async function openBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Readable> {
  const first = await getBlob(transport, repository, descriptor, 0, signal);
  return Readable.from(verified(transport, repository, descriptor, first, signal), {
    objectMode: false,
  });
}

async function* verified(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  first: Answer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const hash = hasherFor(descriptor.digest);
  let bytes = 0;
  let answer = first;
  for (let tries = 1; ; tries++) {
    // What an answer to a range has before the place where we were is skipped.
    let skip = answer.status === 206 ? 0 : bytes;
    const began = bytes;
    try {
      for await (const chunk of chunksOf(answer.message)) {
        const rest = skip > 0 ? chunk.subarray(skip) : chunk;
        skip = Math.max(0, skip - chunk.length);
        if (rest.length === 0) continue;
        bytes += rest.length;
        hash.update(rest);
        if (bytes > descriptor.size) break;
        // The last bytes wait for the check: who reads to the end has read the truth.
        if (bytes === descriptor.size) check(repository, descriptor, hash.digest(), bytes);
        yield rest;
      }
      if (bytes >= descriptor.size) break;
      throw Object.assign(new Error("the answer ended early"), { code: "ECONNRESET" });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof IntegrityError) throw error;
      const failure = unreachable({ method: "GET", url: answer.url }, error);
      if (bytes > began) tries = 1;
      if (!isBroken(error) || tries >= maxTries) throw failure;
      await transport.pause(tries + 1, signal);
      answer = await getBlob(transport, repository, descriptor, bytes, signal);
    }
  }
  if (bytes !== descriptor.size)
    throw wrong(repository, descriptor, `more than ${descriptor.size} bytes`, bytes);
  if (descriptor.size === 0) check(repository, descriptor, hash.digest(), 0);
}

function chunksOf(message: IncomingMessage): AsyncIterable<Buffer> {
  return message;
}

async function getBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const answer = await transport.send({
    method: "GET",
    repository,
    scopes: [pullScope(repository)],
    target: `${repository.path}/blobs/${descriptor.digest}`,
    ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}),
    accept: offset > 0 ? [200, 206] : [200],
    signal,
  });
  const encoding = answer.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    answer.message.destroy();
    throw new RegistryError({
      method: "GET",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: `the content comes ${encoding}-encoded, which was not asked for`,
      hint: "a proxy before the registry compresses what must stay as it is: switch that off",
    });
  }
  return answer;
}

function check(
  repository: Repository,
  descriptor: Descriptor,
  actual: Digest,
  bytes: number,
): void {
  if (actual !== descriptor.digest) throw wrong(repository, descriptor, actual, bytes);
}

function wrong(
  repository: Repository,
  descriptor: Descriptor,
  actual: string,
  bytes: number,
): IntegrityError {
  return new IntegrityError({
    subject: `blob in ${formatRepository(repository)}`,
    expected:
      bytes > descriptor.size
        ? `${descriptor.digest} of ${descriptor.size} bytes`
        : descriptor.digest,
    actual,
    bytes,
    hint: "the registry, or something between it and us, gave other bytes than were pushed: nothing of them was used",
  });
}
