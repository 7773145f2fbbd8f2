import { FormatError, RegistryError } from "../../errors.ts";
import type { Repository } from "../../oci/reference.ts";
import { redactUrl } from "../transport/address.ts";
import { pushScope } from "../auth/auth.ts";
import type { Answer, Transport } from "../transport/transport.ts";

/** Cancelling an upload is a courtesy to the registry. Milliseconds. */
const cancelMs = 3_000;

/** The state of an upload that has begun. */
export interface UploadSession {
  /** Valid for any process with the same credentials, as long as the registry keeps the upload. */
  readonly location: URL;
  /** Bytes that the registry has received. */
  readonly offset: number;
  /** The minimum size of a piece, except the last: `OCI-Chunk-Min-Length`. Bytes. */
  readonly minPiece?: number;
}

/** Begins an upload. */
export async function startUpload(
  transport: Transport,
  repository: Repository,
  signal?: AbortSignal,
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

/** The offset of an upload; undefined if the registry does not know it any more. */
export async function askOffset(
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
    // Registries answer `0-0` for an empty upload.
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.header("range") ?? "")?.[1] ?? 0);
    return sessionOf(answer, last === 0 ? 0 : last + 1, session);
  } catch (error) {
    transport.throwIfStopped(signal);
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

/** Cancels an upload. Failures are ignored. */
export async function cancelUpload(
  transport: Transport,
  repository: Repository,
  session: UploadSession,
): Promise<void> {
  const scopes = [pushScope(repository)];
  const request = { method: "DELETE", repository, scopes, target: session.location } as const;
  const accept = [200, 202, 204, 404, 405];
  // A signal of its own: an upload that Ctrl-C stopped is cancelled too, but not waited for.
  const signal = AbortSignal.timeout(cancelMs);
  const sent = transport.send({ ...request, accept, signal, tries: 1 });
  const answer = await sent.catch(() => undefined);
  answer?.message.resume();
}

/** The state of an upload from an answer. `before` supplies what the answer leaves out. */
export function sessionOf(answer: Answer, offset: number, before?: UploadSession): UploadSession {
  const location = answer.header("location");
  const least = Number(answer.header("oci-chunk-min-length") ?? before?.minPiece ?? 0);
  const minPiece = Number.isSafeInteger(least) && least > 0 ? { minPiece: least } : {};
  if (location === undefined && before !== undefined) {
    return { location: before.location, offset, ...minPiece };
  }
  if (location === undefined || !URL.canParse(location, answer.url.href)) {
    throw new RegistryError({
      method: "POST",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: "the response has no Location header for the upload",
    });
  }
  const url = new URL(location, answer.url);
  if (answer.url.protocol === "https:" && url.protocol !== "https:") {
    throw new RegistryError({
      method: "POST",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: `the registry asked to continue the upload at ${url.protocol}//${url.host}, which is unencrypted`,
      hint: "configure the TLS proxy in front of the registry to send X-Forwarded-Proto",
    });
  }
  return { location: url, offset, ...minPiece };
}

/**
 * The location of an upload that another process began. Throws a format error if it is not a URL,
 * or if content may not be sent there: unencrypted, or to a private address.
 */
export function parseLocation(transport: Transport, { host }: Repository, location: string): URL {
  const api = transport.addresses.url(host, "");
  const url = URL.canParse(location, api.href) ? new URL(location, api) : undefined;
  if (url !== undefined && transport.addresses.maySendTo(url, api)) return url;
  throw new FormatError(
    "the upload location is not a usable URL: it is malformed, does not use HTTPS, or points to a private address",
    {
      hint: "use the Location header returned when the upload started",
    },
  );
}
