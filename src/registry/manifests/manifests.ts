import { FormatError, IntegrityError } from "../../errors.ts";
import { algorithmOf, type Digest, digestOf, hasherFor, isDigest } from "../../oci/digest.ts";
import { type Descriptor, type Manifest, parseManifest } from "../../oci/manifest.ts";
import { manifestAccept } from "../../oci/media-types.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import { unreachable } from "../transport/failure.ts";
import { readBounded, TooLargeError } from "../transport/read-bounded.ts";
import { deleteScope, pullScope, pushScope } from "../auth/auth.ts";
import type { Answer, Transport } from "../transport/transport.ts";

/**
 * The size that the OCI distribution spec 1.1 has every registry accept at least, and our limit.
 * Bytes.
 */
export const maxManifestBytes = 4 << 20;

export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

export interface NewManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Undefined if it was pushed by its digest. */
  readonly tag?: string | undefined;
  /** Its sha256 digest by default. A digest of another algorithm must match the bytes. */
  readonly digest?: Digest | undefined;
}

/** A manifest as just read, with the registry's name for that state of the tag. */
export interface TaggedManifest {
  readonly fetched: FetchedManifest;
  /** For `If-None-Match` and `If-Match`; undefined if the registry sends no ETag. */
  readonly etag: string | undefined;
}

export interface PutManifestOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * `If-Match`, `If-None-Match`: a registry that supports them answers 412, which is an error here.
   */
  readonly conditions?: Readonly<Record<string, string>>;
  /** The most tries. */
  readonly tries?: number;
}

export interface PutManifestResult {
  readonly descriptor: Descriptor;
  /**
   * Whether the registry reports, with `OCI-Subject`, that it keeps the list of referrers itself.
   */
  readonly listed: boolean;
}

/** The reference's descriptor, without its content; undefined if it does not exist. */
export async function headManifest(
  transport: Transport,
  reference: Reference,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const answer = await askForManifest(transport, "HEAD", reference, signal);
  answer.message.resume();
  if (answer.status === 404) return undefined;
  const digest = answer.header("docker-content-digest") ?? reference.digest;
  const size = Number(answer.header("content-length") ?? "");
  const mediaType = answer.header("content-type")?.split(";", 1)[0]?.trim();
  // The spec does not strictly require these headers: if one is missing, read the content.
  if (digest === undefined || !isDigest(digest) || !(size > 0) || mediaType === undefined) {
    return (await getManifest(transport, reference, signal))?.descriptor;
  }
  if (reference.digest !== undefined && digest !== reference.digest) {
    throw differs(reference, reference.digest, digest, 0);
  }
  return { mediaType, digest, size };
}

/**
 * The manifest or index that the reference names; undefined if it does not exist. Its bytes match
 * the requested digest and the one that the registry sent. Throws a format error if it is not a
 * manifest or is larger than 4 MiB.
 */
export async function getManifest(
  transport: Transport,
  reference: Reference,
  signal?: AbortSignal,
): Promise<FetchedManifest | undefined> {
  return (await getTaggedManifest(transport, reference, signal))?.fetched;
}

/** Like `getManifest`, with the name of the state. */
export async function getTaggedManifest(
  transport: Transport,
  reference: Reference,
  signal?: AbortSignal,
): Promise<TaggedManifest | undefined> {
  const answer = await askForManifest(transport, "GET", reference, signal);
  return takeManifest(transport, reference, answer, signal);
}

/** The manifest in an answer; undefined for a 404. */
export async function takeManifest(
  transport: Transport,
  reference: Reference,
  answer: Answer,
  signal: AbortSignal | undefined,
): Promise<TaggedManifest | undefined> {
  if (answer.status === 404) {
    answer.message.resume();
    return undefined;
  }
  const bytes = await readManifest(transport, reference, answer, signal);
  const said = answer.header("docker-content-digest");
  const promised = [reference.digest, said].filter((d) => d !== undefined && isDigest(d));
  for (const expected of new Set(promised)) checkDigest(reference, bytes, expected);
  const manifest = parseManifest(bytes, answer.header("content-type"));
  const digest = reference.digest ?? promised[0] ?? digestOf(bytes);
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length };
  const etag = answer.header("etag") ?? (said === undefined ? undefined : `"${said}"`);
  return { fetched: { descriptor, bytes, manifest }, etag };
}

/** Pushes a manifest under a tag, or by its digest. The registry's digest must match ours. */
export async function putManifest(
  transport: Transport,
  repository: Repository,
  { bytes, mediaType, tag, digest = digestOf(bytes) }: NewManifest,
  o: PutManifestOptions = {},
): Promise<PutManifestResult> {
  const answer = await transport.send({
    method: "PUT",
    repository,
    scopes: [pushScope(repository)],
    target: `${repository.path}/manifests/${tag ?? digest}`,
    headers: { "content-type": mediaType, ...o.conditions },
    body: { bytes },
    accept: [200, 201, 202],
    signal: o.signal,
    ...(o.tries === undefined ? {} : { tries: o.tries }),
  });
  answer.message.resume();
  const said = answer.header("docker-content-digest");
  // A registry may answer with a digest of another algorithm.
  if (said?.startsWith(`${algorithmOf(digest)}:`) === true && said !== digest) {
    throw differs(
      { ...repository, ...(tag === undefined ? {} : { tag }) },
      digest,
      said,
      bytes.length,
    );
  }
  const listed = answer.header("oci-subject") !== undefined;
  return { descriptor: { mediaType, digest, size: bytes.length }, listed };
}

/** Deletes a manifest by its digest, or a tag. False if it did not exist. */
export async function deleteManifest(
  transport: Transport,
  repository: Repository,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const answer = await transport.send({
    method: "DELETE",
    repository,
    scopes: [deleteScope(repository)],
    target: `${repository.path}/manifests/${name}`,
    accept: [200, 202, 204, 404],
    signal,
  });
  answer.message.resume();
  return answer.status !== 404;
}

/** Requests a manifest of any kind; with `etag`, 304 is an answer too. */
export async function askForManifest(
  transport: Transport,
  method: "GET" | "HEAD",
  reference: Reference,
  signal: AbortSignal | undefined,
  etag?: string,
): Promise<Answer> {
  return transport.send({
    method,
    repository: reference,
    scopes: [pullScope(reference)],
    target: `${reference.path}/manifests/${reference.digest ?? reference.tag ?? "latest"}`,
    headers: {
      accept: manifestAccept.join(", "),
      ...(etag === undefined ? {} : { "if-none-match": etag }),
    },
    accept: etag === undefined ? [200, 404] : [200, 304, 404],
    signal,
  });
}

async function readManifest(
  transport: Transport,
  reference: Reference,
  answer: Answer,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  try {
    return await readBounded(answer.message, maxManifestBytes);
  } catch (cause) {
    transport.throwIfStopped(signal);
    if (!(cause instanceof TooLargeError))
      throw unreachable({ method: "GET", url: answer.url }, cause);
    throw new FormatError(`the manifest of ${formatReference(reference)} is larger than 4 MiB`, {
      hint: "4 MiB is the largest manifest that registries must accept: check that the name refers to an image",
      cause,
    });
  }
}

function checkDigest(reference: Reference, bytes: Buffer, expected: Digest): void {
  const hash = hasherFor(expected);
  hash.update(bytes);
  const actual = hash.digest();
  if (actual !== expected) throw differs(reference, expected, actual, bytes.length);
}

function differs(
  reference: Reference,
  expected: string,
  actual: string,
  bytes: number,
): IntegrityError {
  return new IntegrityError({
    subject: `manifest of ${formatReference(reference)}`,
    expected,
    actual,
    bytes,
    hint: "check the registry and any proxy in between: one of them changed the content, which was discarded",
  });
}
