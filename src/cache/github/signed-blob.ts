import { Readable } from "node:stream";
import { FormatError, RegistryError } from "../../errors.ts";
import type { Repository } from "../../oci/reference.ts";
import { isBroken, unreachable } from "../../registry/transport/failure.ts";
import { maxTries } from "../../registry/transport/pace/retry.ts";
import type { CallOptions } from "../../registry/client.ts";
import type { Answer, Transport } from "../../registry/transport/transport.ts";

/** Larger blobs are uploaded in blocks of this size, a few at a time. Bytes. */
const blockBytes = 4 << 20;
const blocksAtOnce = 4;
const version = { "x-ms-version": "2021-12-02" };

/**
 * A blob behind a signed URL, which is itself the permission: Azure's Put Blob, Put Block, Put
 * Block List, Get Blob and its properties. Every call throws a registry error if it is refused.
 */
export class SignedBlob {
  readonly #transport: Transport;
  readonly #url: URL;
  readonly #place: Repository;

  constructor(transport: Transport, url: URL) {
    this.#transport = transport;
    this.#url = url;
    this.#place = { host: url.host, path: url.pathname.slice(1) };
  }

  /** Bytes; undefined if the blob does not exist. */
  async size({ signal }: CallOptions = {}): Promise<number | undefined> {
    const answer = await this.#send("HEAD", this.#url, { accept: [200, 404], signal });
    answer.message.resume();
    if (answer.status === 404) return undefined;
    const length = Number(answer.header("content-length") ?? "");
    if (!Number.isSafeInteger(length))
      throw new FormatError(`${this.#url.host} did not send a valid content-length`);
    return length;
  }

  /** The bytes as a stream, not verified. Resumes where a connection broke. */
  async open(o: CallOptions = {}): Promise<Readable> {
    const first = await this.#from(0, o);
    return Readable.from(this.#read(first, o), { objectMode: false });
  }

  /** Uploads it, with at most about 20 MiB in memory. */
  async upload(size: number, content: Readable, { signal }: CallOptions): Promise<void> {
    if (size <= blockBytes) {
      const bytes = Buffer.concat(await content.toArray());
      const headers = { "x-ms-blob-type": "BlockBlob" };
      await this.#put(this.#url, bytes, headers, signal);
      return;
    }
    const ids: string[] = [];
    const sent: Promise<void>[] = [];
    for await (const block of blocksOf(content)) {
      const id = Buffer.from(String(ids.length).padStart(8, "0")).toString("base64");
      ids.push(id);
      const done = this.#put(this.#with({ comp: "block", blockid: id }), block, {}, signal);
      done.catch(() => undefined);
      sent.push(done);
      await sent.at(-blocksAtOnce);
    }
    await Promise.all(sent);
    const list = ids.map((id) => `<Latest>${id}</Latest>`).join("");
    const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`;
    const headers = { "content-type": "application/xml" };
    await this.#put(this.#with({ comp: "blocklist" }), Buffer.from(xml), headers, signal);
  }

  #with(query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  async #put(
    url: URL,
    bytes: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const answer = await this.#send("PUT", url, { accept: [201], signal, bytes, headers });
    answer.message.resume();
  }

  async *#read(first: Answer, o: CallOptions): AsyncGenerator<Buffer> {
    let position = 0;
    let answer = first;
    for (let tries = 1; ; tries++) {
      try {
        for await (const chunk of answer.message as AsyncIterable<Buffer>) {
          position += chunk.length;
          tries = 1;
          yield chunk;
        }
        return;
      } catch (error) {
        o.signal?.throwIfAborted();
        if (!isBroken(error)) throw error;
        if (tries >= maxTries) throw unreachable({ method: "GET", url: this.#url }, error);
        await this.#transport.pause(tries, o.signal);
      }
      answer = await this.#from(position, o);
    }
  }

  #from(start: number, { signal }: CallOptions): Promise<Answer> {
    const headers = start === 0 ? {} : { range: `bytes=${start}-` };
    return this.#send("GET", this.#url, { accept: [start === 0 ? 200 : 206], signal, headers });
  }

  async #send(
    method: "GET" | "HEAD" | "PUT",
    target: URL,
    {
      bytes,
      headers = {},
      ...o
    }: {
      readonly accept: readonly number[];
      readonly signal: AbortSignal | undefined;
      readonly bytes?: Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Answer> {
    return this.#transport.send({
      method,
      repository: this.#place,
      scopes: [],
      target,
      authorize: false,
      headers: { ...version, ...headers },
      ...(bytes === undefined ? {} : { body: { bytes } }),
      ...o,
    });
  }
}

async function* blocksOf(content: Readable): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < blockBytes) continue;
    yield Buffer.concat(chunks);
    [chunks, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}

/** Whether GitHub's storage no longer has an entry that its service just returned. */
export function isGone(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 404;
}
