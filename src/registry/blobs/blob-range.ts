import { Readable } from "node:stream";
import { IntegrityError, RegistryError, UsageError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { isBroken, unreachable } from "../transport/failure.ts";
import { redactUrl } from "../transport/address.ts";
import { TooSlowError } from "../transport/pace/limits.ts";
import { Tries } from "../transport/pace/retry.ts";
import { pullScope } from "../auth/auth.ts";
import type { Answer, Transport } from "../transport/transport.ts";

/** The bytes from `start` up to, but not including, `end`; by default to the end of the blob. */
export interface BlobRange {
  readonly start: number;
  readonly end?: number | undefined;
}

/**
 * A part of a blob as a stream of only its bytes. **They are not verified**: a digest covers the
 * whole blob. What is checked is that the registry reports this blob's size and this range. A
 * broken connection is resumed; a registry without support for ranges is read from the blob's
 * start. Throws a usage error for a range outside the blob.
 */
export async function openBlobRange(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  { start, end = descriptor.size }: BlobRange,
  signal?: AbortSignal,
): Promise<Readable> {
  const whole = [start, end].every((at) => Number.isSafeInteger(at));
  if (!whole || start < 0 || end < start || end > descriptor.size) {
    throw new UsageError(
      `bytes ${start} to ${end} were requested, but the size of the blob is ${descriptor.size}`,
    );
  }
  if (start === end) return Readable.from([], { objectMode: false });
  const get = (from: number): Promise<Answer> =>
    getPart(transport, repository, descriptor, from, end, signal);
  const first = await get(start);
  return Readable.from(bytesOf(transport, get, first, start, end, signal), { objectMode: false });
}

async function* bytesOf(
  transport: Transport,
  get: (from: number) => Promise<Answer>,
  first: Answer,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let at = start;
  let answer = first;
  const tries = new Tries();
  for (;;) {
    const began = at;
    // A registry that does not support ranges also sends what comes before.
    let skip = answer.status === 206 ? 0 : at;
    try {
      for await (const chunk of answer.message as AsyncIterable<Buffer>) {
        const rest = chunk.subarray(Math.min(skip, chunk.length)).subarray(0, end - at);
        skip = Math.max(0, skip - chunk.length);
        at += rest.length;
        if (rest.length > 0) yield rest;
        if (at === end) return;
      }
      throw Object.assign(new Error("the response ended early"), { code: "ECONNRESET" });
    } catch (error) {
      transport.throwIfStopped(signal);
      const next = tries.next(at - began, error instanceof TooSlowError);
      if (!isBroken(error) || next === undefined)
        throw unreachable({ method: "GET", url: answer.url }, error);
      await transport.pause(next, signal);
      answer = await get(at);
    }
  }
}

async function getPart(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const answer = await transport.send({
    method: "GET",
    repository,
    scopes: [pullScope(repository)],
    target: `${repository.path}/blobs/${descriptor.digest}`,
    headers: { range: `bytes=${start}-${end - 1}`, "accept-encoding": "identity" },
    accept: [200, 206],
    signal,
    content: {},
  });
  const encoding = answer.header("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    answer.message.destroy();
    throw new RegistryError({
      method: "GET",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: `the content is ${encoding}-encoded, which was not requested`,
      hint: "turn off compression in the proxy in front of the registry",
    });
  }
  const said =
    answer.status === 206 ? answer.header("content-range") : answer.header("content-length");
  const right =
    answer.status === 206
      ? [String(descriptor.size), "*"].some((size) => said === `bytes ${start}-${end - 1}/${size}`)
      : said === undefined || said === String(descriptor.size);
  if (right) return answer;
  answer.message.destroy();
  throw new IntegrityError({
    subject: `part of blob ${descriptor.digest} in ${formatRepository(repository)}`,
    expected: `bytes ${start}-${end - 1}/${descriptor.size}`,
    actual: said ?? "a response without a range",
    bytes: 0,
    hint: "check the registry and any proxy in between: one of them sent a range other than the requested one",
  });
}
