import { FormatError, RegistryError } from "../../errors.ts";
import type { Repository } from "../../oci/reference.ts";
import { redactUrl } from "../transport/address.ts";
import { pushScope } from "../auth/auth.ts";
import type { Answer, Transport } from "../transport/transport.ts";

/** Giving an upload up is a courtesy to the registry. Milliseconds. */
const cancelMs = 3_000;

/** Where an upload that was begun goes on. */
export interface UploadSession {
  /** Holds for any process with the same credentials, as long as the registry keeps the upload. */
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
  /** The least that a piece but the last must have: `OCI-Chunk-Min-Length`. Bytes. */
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

/** How far an upload came; undefined where the registry does not know it any more. */
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
    // `0-0` is what registries say of an empty upload.
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.header("range") ?? "")?.[1] ?? 0);
    return sessionOf(answer, last === 0 ? 0 : last + 1, session);
  } catch (error) {
    transport.throwIfStopped(signal);
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
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
  // A signal of its own: what Ctrl-C stopped is given up too, and not waited for.
  const signal = AbortSignal.timeout(cancelMs);
  const sent = transport.send({ ...request, accept, signal, tries: 1 });
  const answer = await sent.catch(() => undefined);
  answer?.message.resume();
}

/** What an answer says of an upload: where it goes on. `before` is used for what it leaves out. */
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
  return { location: url, offset, ...minPiece };
}

/**
 * The place of an upload that another process began. Throws a format error where it is no URL,
 * or one that content would go to in the clear.
 */
export function parseLocation(transport: Transport, { host }: Repository, location: string): URL {
  const api = transport.addresses.url(host, "");
  const url = URL.canParse(location, api.href) ? new URL(location, api) : undefined;
  if (url !== undefined && transport.addresses.maySendTo(url, api)) return url;
  throw new FormatError("the location of the upload is no URL that content may be sent to", {
    hint: "give it as the registry gave it when the upload was begun",
  });
}
