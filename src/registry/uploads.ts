import { RegistryError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { type Repository, sameRepository } from "../oci/reference.ts";
import { headBlob } from "./blobs.ts";
import { type OpenContent, PushedContent } from "./content.ts";
import { redactUrl } from "./redact.ts";
import { maxTries } from "./retry.ts";
import { pullScope, pushScope } from "./scopes.ts";
import type { Answer, Transport } from "./transport.ts";

/** Where an upload that was begun goes on. */
export interface UploadSession {
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
}

/** After a push broke, what is larger than this goes on in pieces of this size. Bytes. */
const pieceBytes = 16 << 20;
/** Storing a large blob may keep a registry busy, in silence, after its last byte. Milliseconds. */
const finishIdleMs = 300_000;

/**
 * Pushes a blob: one POST and one PUT, and no look first. Where the push breaks, it goes on from
 * the offset that the registry reports; a registry that keeps none gets the blob from the start.
 * Throws an integrity error where the content has another size than the descriptor.
 */
export async function pushBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  open: OpenContent,
  signal?: AbortSignal,
): Promise<void> {
  await finishUpload(transport, repository, descriptor, open, undefined, signal);
}

/**
 * Asks that the registry take a blob over from another of its repositories. Gives `"mounted"`, or
 * where the upload may begin instead; undefined where the registry refuses even that.
 *
 * With `from` the same as `repository` the request is a look and the start of an upload in one: a
 * registry that has the blob there says so, any other begins an upload.
 */
export async function startMount(
  transport: Transport,
  repository: Repository,
  digest: Digest,
  from: Repository,
  signal?: AbortSignal,
): Promise<"mounted" | UploadSession | undefined> {
  const query = new URLSearchParams({ mount: digest, from: from.path });
  const scopes = [pushScope(repository)];
  const sent = transport.send({
    method: "POST",
    repository,
    scopes: sameRepository(repository, from) ? scopes : [...scopes, pullScope(from)],
    target: `${repository.path}/blobs/uploads/?${query.toString()}`,
    body: { bytes: new Uint8Array() },
    accept: [201, 202, 400, 404, 405],
    signal,
  });
  const answer = await sent.catch((error: unknown) => {
    // A source that the credentials may not read is no failure: the blob is uploaded then.
    const denied = error instanceof RegistryError && [401, 403].includes(error.status ?? 0);
    if (denied) return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  answer.message.resume();
  if (answer.status === 201) return "mounted";
  return answer.status === 202 ? sessionOf(answer, 0) : undefined;
}

/** Gives up an upload that was begun; that this fails is of no account. */
export async function cancelUpload(
  transport: Transport,
  repository: Repository,
  session: UploadSession,
): Promise<void> {
  const scopes = [pushScope(repository)];
  const request = { method: "DELETE", repository, scopes, target: session.location } as const;
  const accept = [200, 202, 204, 404, 405];
  const answer = await transport.send({ ...request, accept, tries: 1 }).catch(() => undefined);
  answer?.message.resume();
}

/** Like `pushBlob`, from an upload that stands already where one is given. */
export async function finishUpload(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  open: OpenContent,
  begun: UploadSession | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const content = new PushedContent(repository, descriptor, open);
  let session = begun;
  for (let tries = 1, broke = false; ; ) {
    const before: number = session?.offset ?? 0;
    try {
      session ??= await startUpload(transport, repository, signal);
      if (!broke || (descriptor.size <= pieceBytes && session.offset === 0)) {
        await putWhole(transport, repository, content, session, signal);
      } else {
        const advance = (next: UploadSession): void => void (session = next);
        await putPieces(transport, repository, content, session, advance, signal);
      }
      return;
    } catch (error) {
      if (content.failed || !mayGoOn(error)) throw error;
      tries = (session?.offset ?? 0) > before ? 1 : tries + 1;
      if (tries > maxTries) throw error;
      broke = true;
      await transport.pause(tries, signal);
      // The answer may be all that was lost.
      if ((await headBlob(transport, repository, descriptor.digest, signal)) !== undefined) return;
      session = session && (await askOffset(transport, repository, session, signal));
    }
  }
}

async function startUpload(
  transport: Transport,
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<UploadSession> {
  const answer = await transport.send({
    method: "POST",
    repository,
    scopes: [pushScope(repository)],
    target: `${repository.path}/blobs/uploads/`,
    body: { bytes: new Uint8Array() },
    accept: [202],
    signal,
  });
  answer.message.resume();
  return sessionOf(answer, 0);
}

async function putWhole(
  transport: Transport,
  repository: Repository,
  content: PushedContent,
  session: UploadSession,
  signal: AbortSignal | undefined,
): Promise<void> {
  const answer = await transport.send({
    method: "PUT",
    repository,
    scopes: [pushScope(repository)],
    target: withDigest(session.location, content.descriptor.digest),
    headers: { "content-type": "application/octet-stream" },
    body: await content.whole(),
    accept: [201, 204],
    signal,
    idleMs: finishIdleMs,
    tries: 1,
  });
  answer.message.resume();
}

async function putPieces(
  transport: Transport,
  repository: Repository,
  content: PushedContent,
  begun: UploadSession,
  advance: (session: UploadSession) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { digest, size } = content.descriptor;
  const scopes = [pushScope(repository)];
  const request = { repository, scopes, signal, idleMs: finishIdleMs, tries: 1 };
  let session = begun;
  while (session.offset < size) {
    const { location, offset } = session;
    const end = Math.min(size, offset + pieceBytes);
    const answer = await transport.send({
      ...request,
      method: "PATCH",
      target: location,
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${offset}-${end - 1}`,
      },
      body: content.part(offset, end),
      accept: [202, 204],
    });
    answer.message.resume();
    session = sessionOf(answer, end, location);
    advance(session);
  }
  const answer = await transport.send({
    ...request,
    method: "PUT",
    target: withDigest(session.location, digest),
    body: { bytes: new Uint8Array() },
    accept: [201, 204],
  });
  answer.message.resume();
}

/** How far an upload came; undefined where the registry does not know it any more. */
async function askOffset(
  transport: Transport,
  repository: Repository,
  session: UploadSession,
  signal: AbortSignal | undefined,
): Promise<UploadSession | undefined> {
  const request = { method: "GET", repository, scopes: [pushScope(repository)] } as const;
  try {
    const target = session.location;
    const answer = await transport.send({ ...request, target, accept: [204], signal });
    answer.message.resume();
    // `0-0` is what registries say of an empty upload.
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.header("range") ?? "")?.[1] ?? 0);
    return sessionOf(answer, last === 0 ? 0 : last + 1, session.location);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

/** Broken connections and busy registries; also an upload that the registry lost or counts otherwise. */
function mayGoOn(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return error.retryable || error.status === 404 || error.status === 416;
}

function sessionOf(answer: Answer, offset: number, otherwise?: URL): UploadSession {
  const location = answer.header("location");
  if (location === undefined && otherwise !== undefined) return { location: otherwise, offset };
  if (location === undefined || !URL.canParse(location, answer.url.href)) {
    throw new RegistryError({
      method: "POST",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: "the answer has no Location to upload to",
    });
  }
  const url = new URL(location, answer.url);
  if (answer.url.protocol === "https:" && url.protocol !== "https:") {
    throw new RegistryError({
      method: "POST",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: `the upload is sent to ${url.protocol}//${url.host}, in the clear`,
      hint: "a registry behind a TLS proxy must be told so (X-Forwarded-Proto)",
    });
  }
  return { location: url, offset };
}

/** The query is added to as text: some registries sign what stands there already. */
function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  const digestQuery = `digest=${encodeURIComponent(digest)}`;
  url.search = url.search === "" ? `?${digestQuery}` : `${url.search}&${digestQuery}`;
  return url;
}
