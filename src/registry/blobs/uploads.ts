import { RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import { headBlob } from "./blobs.ts";
import { type OpenContent, PushedContent } from "./content.ts";
import type { RequestBody } from "../transport/connection/http.ts";
import { createLearned, type Learned } from "../transport/learned.ts";
import { Pieces } from "./pieces.ts";
import { storeMsFor, TooSlowError } from "../transport/pace/limits.ts";
import { Tries } from "../transport/pace/retry.ts";
import { pushScope } from "../auth/auth.ts";
import type { Transport } from "../transport/transport.ts";
import {
  askOffset,
  cancelUpload,
  parseLocation,
  sessionOf,
  startUpload,
  type UploadSession,
} from "./upload-session.ts";

export interface UploadOptions {
  /** Send the blob in pieces of this size, or larger if the registry requires it. */
  readonly pieceBytes?: number | undefined;
  readonly learned?: Learned;
}

/** After a push broke, a larger blob is resumed in pieces of this size. Bytes. */
const pieceBytes = 16 << 20;
/** The sizes to try in turn if a registry or proxy rejects a body as too large (413). Bytes. */
const smallerBodies = [16 << 20, 4 << 20, 1 << 20, 256 << 10];

/**
 * Pushes a blob: one POST (none if an upload was begun already) and one PUT, without an existence
 * check. A push that breaks is resumed from the offset that the registry reports, or from the start
 * if the registry has none. If the body is rejected as too large, the blob is sent in pieces.
 * Throws an integrity error if the size of the content differs from the descriptor.
 */
export async function finishUpload(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  open: OpenContent,
  begun: UploadSession | undefined,
  signal: AbortSignal | undefined,
  { learned = createLearned(), ...o }: UploadOptions = {},
): Promise<void> {
  const content = new PushedContent(repository, descriptor, open);
  const pieces = new Pieces(content);
  const push = { transport, repository, content, pieces, signal };
  const { size } = descriptor;
  const largest = learned.largestBody.get(repository.host);
  let piece = o.pieceBytes ?? (largest !== undefined && size > largest ? largest : undefined);
  let session = begun;
  try {
    const tries = new Tries();
    for (let broke = false; ; ) {
      const before: number = session?.offset ?? 0;
      let inPieces = piece !== undefined;
      try {
        session ??= await startUpload(transport, repository, signal);
        inPieces ||= session.offset > 0 || (broke && size > pieceBytes);
        const advance = (next: UploadSession): void => void (session = next);
        if (inPieces) await putPieces(push, session, piece ?? pieceBytes, advance);
        else await putWhole(push, session);
        if (piece !== undefined && o.pieceBytes === undefined) {
          learned.largestBody.set(repository.host, piece);
        }
        return;
      } catch (error) {
        if (content.failed) throw error;
        const smaller = isTooLarge(error)
          ? smallerBody(inPieces ? (piece ?? pieceBytes) : size, session)
          : undefined;
        if (smaller === undefined && !mayGoOn(error)) throw error;
        const next =
          smaller !== undefined ? 2 : tries.next((session?.offset ?? 0) - before, isTooSlow(error));
        if (next === undefined) throw error;
        piece = smaller ?? piece;
        broke = true;
        await transport.pause(next, signal);
        // Perhaps only the answer was lost.
        if (smaller === undefined && (await isThere(push))) return;
        const refused = isOutOfRange(error) ? session?.offset : undefined;
        session = session && (await askOffset(transport, repository, session, signal));
        // `0-0` means one byte or none: an upload that is rejected again there starts over.
        if (session?.offset === refused) session = undefined;
      }
    }
  } finally {
    pieces.close();
  }
}

/**
 * Resumes an upload that was begun elsewhere, from the offset that the registry reports. If the
 * registry does not know it any more, or has more bytes than the blob, the upload starts over.
 * Throws a format error for a location that content may not be sent to.
 */
export async function resumeUpload(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  open: OpenContent,
  location: string,
  signal?: AbortSignal,
  o: UploadOptions = {},
): Promise<void> {
  const begun = { location: parseLocation(transport, repository, location), offset: 0 };
  let session = await askOffset(transport, repository, begun, signal);
  if (session !== undefined && session.offset > descriptor.size) {
    await cancelUpload(transport, repository, session);
    session = undefined;
  }
  await finishUpload(transport, repository, descriptor, open, session, signal, o);
}

interface Push {
  readonly transport: Transport;
  readonly repository: Repository;
  readonly content: PushedContent;
  readonly pieces: Pieces;
  readonly signal: AbortSignal | undefined;
}

async function isThere({ transport, repository, content, signal }: Push): Promise<boolean> {
  return (await headBlob(transport, repository, content.descriptor.digest, signal)) !== undefined;
}

async function putWhole(push: Push, session: UploadSession): Promise<void> {
  const body = await push.content.whole();
  await putLast(push, session, push.content.descriptor.digest, body);
}

async function putPieces(
  push: Push,
  begun: UploadSession,
  wanted: number,
  advance: (session: UploadSession) => void,
): Promise<void> {
  const { digest, size } = push.content.descriptor;
  let session = begun;
  while (session.offset < size) {
    const { offset, minPiece = 0 } = session;
    const end = Math.min(size, offset + Math.max(wanted, minPiece));
    session = await putPiece(push, session, push.pieces.body(offset, end));
    advance(session);
  }
  await putLast(push, session, digest, { bytes: new Uint8Array() });
}

type Sending = Pick<Push, "transport" | "repository" | "signal">;

/** Sends one piece, once. Returns the next state of the upload. */
export async function putPiece(
  { transport, repository, signal }: Sending,
  session: UploadSession,
  body: RequestBody,
): Promise<UploadSession> {
  const { location, offset } = session;
  const end = offset + ("bytes" in body ? body.bytes.length : body.size);
  const answer = await transport.send({
    method: "PATCH",
    repository,
    scopes: [pushScope(repository)],
    target: location,
    headers: {
      "content-type": "application/octet-stream",
      "content-range": `${offset}-${end - 1}`,
    },
    body,
    accept: [202, 204],
    signal,
    content: { storeMs: storeMsFor(transport.limits, end - offset) },
    tries: 1,
  });
  answer.message.resume();
  return sessionOf(answer, end, session);
}

/** Ends an upload with its remaining content, once. */
export async function putLast(
  { transport, repository, signal }: Sending,
  { location, offset }: UploadSession,
  digest: Digest,
  body: RequestBody,
): Promise<void> {
  const size = offset + ("bytes" in body ? body.bytes.length : body.size);
  const answer = await transport.send({
    method: "PUT",
    repository,
    scopes: [pushScope(repository)],
    target: withDigest(location, digest),
    headers: { "content-type": "application/octet-stream" },
    body,
    accept: [201, 204],
    signal,
    content: { storeMs: storeMsFor(transport.limits, size) },
    tries: 1,
  });
  answer.message.resume();
}

export function isTooLarge(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 413;
}

/** The next size to try after `refused` bytes were too many; undefined if there is none. */
export function smallerBody(
  refused: number,
  session: UploadSession | undefined,
): number | undefined {
  return smallerBodies.find((size) => size < refused && size >= (session?.minPiece ?? 0));
}

function isTooSlow(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof TooSlowError;
}

function isOutOfRange(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 416;
}

/**
 * Broken connections and busy registries; also an upload that the registry lost or whose offset
 * differs.
 */
export function mayGoOn(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return error.retryable || error.status === 404 || isOutOfRange(error);
}

/** Appends to the query as text: some registries sign the existing part. */
function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  const digestQuery = `digest=${encodeURIComponent(digest)}`;
  url.search = url.search === "" ? `?${digestQuery}` : `${url.search}&${digestQuery}`;
  return url;
}
