import { createHash, randomBytes, randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Content, MadeManifest } from "./content.ts";

/** What a registry answered, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Where `Location` points at, made absolute; the registry's own address where there is none. */
  readonly location: string;
}

interface CallOptions {
  readonly body?: Uint8Array | string | ReadableStream | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves the answer's body unread: some are cut short. */
  readonly isHeadOnly?: boolean;
}

/** What fetch wants with a stream, and its type does not know. */
interface StreamedInit extends RequestInit {
  duplex?: "half";
}

export const octets = { "content-type": "application/octet-stream" };
/** What the official suite says that it takes. */
export const accept = {
  accept: "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
};

/** A client of a registry that knows nothing but HTTP, so that it shares no error with ours. */
export class Api {
  readonly #host: () => string;

  /** The host is asked for at each request: a test is written down before its registry runs. */
  constructor(host: () => string) {
    this.#host = host;
  }

  /** `target` is below `/v2/`, or an address that the registry gave. */
  async call(method: string, target: string, options: CallOptions = {}): Promise<Answer> {
    const { body, headers = {} } = options;
    const base = `http://${this.#host()}`;
    const url = /^https?:/.test(target) ? target : `${base}/v2/${target}`;
    const init: StreamedInit = { method, headers, redirect: "manual", body: body ?? null };
    // A stream goes out as it comes: chunked, without Content-Length.
    if (body instanceof ReadableStream) init.duplex = "half";
    const response = await fetch(url, init);
    return {
      status: response.status,
      headers: response.headers,
      body: await (options.isHeadOnly === true ? without(response) : bodyOf(response)),
      location: new URL(response.headers.get("location") ?? "", base).href,
    };
  }

  /** Where to send the bytes of a new upload to. */
  async begin(repository: string): Promise<string> {
    const begun = await this.call("POST", `${repository}/blobs/uploads/`);
    expect(begun.status).toBe(202);
    expect(begun.headers.get("location")).not.toBe(null);
    return begun.location;
  }

  /** POST, then PUT: what every registry has. */
  async pushBlob(repository: string, digest: string, bytes: Uint8Array): Promise<Answer> {
    const location = await this.begin(repository);
    const put = await this.call("PUT", withDigest(location, digest), {
      body: bytes,
      headers: octets,
    });
    expect(put.status).toBe(201);
    return put;
  }

  /** By its digest where no tag is given. */
  putManifest(repository: string, manifest: MadeManifest, reference?: string): Promise<Answer> {
    return this.call("PUT", `${repository}/manifests/${reference ?? manifest.digest}`, {
      body: manifest.text,
      headers: { "content-type": manifest.mediaType },
    });
  }

  /** All of it: blobs, manifests by digest, tags. */
  async push(repository: string, content: Content): Promise<void> {
    for (const [digest, bytes] of content.blobs) await this.pushBlob(repository, digest, bytes);
    for (const manifest of content.manifests) {
      // A tag alone would name what is pushed by sha256.
      const query = content.hasTagParameters ? `?${tagQuery(manifest)}` : "";
      const path = `${manifest.digest}${query}`;
      expect((await this.putManifest(repository, manifest, path)).status).toBe(201);
      if (content.hasTagParameters) continue;
      for (const tag of manifest.tags) {
        expect((await this.putManifest(repository, manifest, tag)).status).toBe(201);
      }
    }
  }
}

/** `tag=a&tag=b`. */
export function tagQuery({ tags }: MadeManifest): string {
  return new URLSearchParams(tags.map((tag): [string, string] => ["tag", tag])).toString();
}

async function bodyOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

async function without(response: Response): Promise<Buffer> {
  await response.body?.cancel().catch(() => undefined);
  return Buffer.alloc(0);
}

/** A name that no test has used. */
export function newRepository(): string {
  return `conformance/repo-${randomUUID().slice(0, 13)}`;
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Bytes that no registry has seen. */
export function randomBlob(size: number, algorithm: Algorithm = "sha256"): Blob {
  const bytes = randomBytes(size);
  return { bytes, digest: digest(bytes, algorithm) };
}

export type Algorithm = "sha256" | "sha512";
export const algorithms: readonly Algorithm[] = ["sha256", "sha512"];

export function digest(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** The address with the digest as its parameter, beside those that it has. */
export function withDigest(location: string, value: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", value);
  return url.href;
}

/** The codes of an answer's error body, which has to be of the spec's form. */
export function codesOf({ headers, body }: Answer): string[] {
  expect(headers.get("content-type") ?? "no type").toMatch(/^application\/json/);
  const { errors } = JSON.parse(body.toString()) as { errors?: { code: unknown }[] };
  expect(errors).toBeDefined();
  return (errors ?? []).map(({ code }) => {
    expect(String(code)).toMatch(/^[A-Z_]+$/);
    return String(code);
  });
}

/** Expects a blob there: HEAD and GET, length, digest and bytes. */
export async function expectBlob(api: Api, target: string, blob: Blob): Promise<void> {
  const head = await api.call("HEAD", target);
  expect([head.status, head.headers.get("content-length")]).toEqual([
    200,
    String(blob.bytes.length),
  ]);
  expect(head.headers.get("docker-content-digest")).toBe(blob.digest);
  const got = await api.call("GET", target);
  expect([got.status, got.headers.get("content-length")]).toEqual([200, String(blob.bytes.length)]);
  expect(got.headers.get("docker-content-digest")).toBe(blob.digest);
  expect(got.body.equals(blob.bytes)).toBe(true);
}

/** Expects a manifest there: HEAD and GET, length, type, digest and bytes. */
export async function expectManifest(
  api: Api,
  target: string,
  manifest: MadeManifest,
): Promise<void> {
  const bytes = Buffer.from(manifest.text);
  for (const method of ["HEAD", "GET"]) {
    const got = await api.call(method, target, { headers: accept });
    expect([
      got.status,
      got.headers.get("content-type"),
      got.headers.get("content-length"),
      got.headers.get("docker-content-digest"),
    ]).toEqual([200, manifest.mediaType, String(bytes.length), manifest.digest]);
    expect(got.body.equals(method === "GET" ? bytes : Buffer.alloc(0))).toBe(true);
  }
}
