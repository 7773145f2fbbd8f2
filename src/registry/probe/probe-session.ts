import { randomBytes } from "node:crypto";
import { RegistryError } from "../../errors.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import { manifestAccept, mediaTypes } from "../../oci/media-types.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { readError } from "../transport/failure.ts";
import { deleteScope, pullScope, pushScope } from "../auth/auth.ts";
import type { Transport } from "../transport/transport.ts";
import { finishUpload } from "../blobs/uploads.ts";

/** An answer with any status. */
export interface Reply {
  readonly status: number;
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
  /** Its first 64 KiB. */
  readonly body: Buffer;
}

interface Ask {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v2/<repository>/`, or the location from an answer. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Also read from this repository, for a mount. */
  readonly from?: Repository;
}

/**
 * Accept every answer: a probe wants to see refusals. A busy registry (429, 5xx) is asked again.
 */
const anyAnswer = [
  200, 201, 202, 203, 204, 206, 300, 304, 400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413,
  414, 415, 416, 417, 418, 422, 451, 501,
];

/** Pushes small test content into a repository, and keeps track of it in order to delete it. */
export class ProbeSession {
  readonly repository: Repository;
  readonly signal: AbortSignal | undefined;
  readonly #transport: Transport;
  readonly #anonymous: Transport;
  readonly #id = randomBytes(6).toString("hex");
  readonly #tags = new Set<string>();
  readonly #manifests = new Set<Digest>();
  readonly #blobs = new Set<Digest>();

  constructor(
    repository: Repository,
    transports: { readonly own: Transport; readonly anonymous: Transport },
    signal: AbortSignal | undefined,
  ) {
    this.repository = repository;
    this.#transport = transports.own;
    this.#anonymous = transports.anonymous;
    this.signal = signal;
  }

  /** A unique tag. */
  tag(name: string): string {
    return `layerkeep-probe-${this.#id}-${name}`;
  }

  /** Sends one request with the user's credentials, or anonymously. */
  async ask(ask: Ask, as: "own" | "anonymous" = "own", signal = this.signal): Promise<Reply> {
    const { method, target, headers, body, from } = ask;
    const { repository } = this;
    const path = repository.path;
    const scope = method === "DELETE" ? deleteScope(repository) : pushScope(repository);
    const scopes = from === undefined || from.path === path ? [scope] : [scope, pullScope(from)];
    const answer = await (as === "own" ? this.#transport : this.#anonymous).send({
      method,
      repository,
      scopes: as === "own" ? scopes : [pullScope(repository)],
      target: typeof target === "string" ? `${path}/${target}` : target,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: { bytes: body } }),
      accept: anyAnswer,
      signal,
    });
    const { status, url } = answer;
    const header = (name: string): string | undefined => answer.header(name);
    return { status, url, header, body: answer.peeked ?? (await readError(answer.message)) };
  }

  /** Pushes content that no repository has yet. */
  async pushBlob(mediaType: string, content?: Uint8Array): Promise<Descriptor> {
    const bytes = content ?? randomBytes(64);
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    this.noteBlob(descriptor.digest);
    const { repository, signal } = this;
    const open = (): Uint8Array => bytes;
    await finishUpload(this.#transport, repository, descriptor, open, undefined, signal);
    return descriptor;
  }

  /**
   * Pushes a blob to another repository, to mount it from there. It stays: nothing is deleted
   * there.
   */
  async pushElsewhere(repository: Repository): Promise<Digest> {
    const bytes = randomBytes(64);
    const digest = digestOf(bytes);
    const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest, size: bytes.length };
    const open = (): Uint8Array => bytes;
    await finishUpload(this.#transport, repository, descriptor, open, undefined, this.signal);
    return digest;
  }

  /** The host of the token endpoint, if it differs from the registry's own. */
  otherTokenHost(): string | undefined {
    const { host } = this.repository;
    const realm = this.#transport.realmOf(host)?.host;
    return realm === this.#transport.addresses.home(host) ? undefined : realm;
  }

  /** The location of an upload, from an answer. */
  locationOf(reply: Reply): URL | undefined {
    const location = reply.header("location");
    if (reply.status >= 300 || location === undefined) return undefined;
    return URL.canParse(location, reply.url.href) ? new URL(location, reply.url) : undefined;
  }

  /** Cancels an upload that an answer began. */
  async cancel(reply: Reply): Promise<void> {
    const target = this.locationOf(reply);
    if (target !== undefined) await this.ask({ method: "DELETE", target });
  }

  /** Records a blob that a check pushed itself. */
  noteBlob(digest: Digest): void {
    // The empty config is shared: it is not ours to delete.
    if (digest !== digestOf("{}")) this.#blobs.add(digest);
  }

  /** Pushes a manifest with unique content, and returns the registry's answer. */
  async pushManifest(
    content: Readonly<Record<string, unknown>> & { readonly mediaType: string },
    tag?: string,
  ): Promise<{ readonly reply: Reply; readonly descriptor: Descriptor; readonly bytes: Buffer }> {
    const annotations = { "org.layerkeep.probe": randomBytes(8).toString("hex") };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, annotations, ...content }));
    const digest = digestOf(bytes);
    const reply = await this.ask({
      method: "PUT",
      target: `manifests/${tag ?? digest}`,
      headers: { "content-type": content.mediaType },
      body: bytes,
    });
    if (reply.status < 300) {
      this.#manifests.add(digest);
      if (tag !== undefined) this.#tags.add(tag);
    }
    return {
      reply,
      bytes,
      descriptor: { mediaType: content.mediaType, digest, size: bytes.length },
    };
  }

  /** An image with one layer. Throws a registry error if the registry rejects it. */
  async pushImage(tag?: string): Promise<Descriptor> {
    const layer = await this.pushBlob(mediaTypes.ociLayerGzip);
    const config = await this.pushBlob(mediaTypes.ociConfig, configOf(layer));
    const { reply, descriptor } = await this.pushManifest(
      { mediaType: mediaTypes.ociManifest, config, layers: [layer] },
      tag,
    );
    if (reply.status < 300) return descriptor;
    throw new RegistryError({
      method: "PUT",
      url: `${formatRepository(this.repository)}:${tag ?? descriptor.digest}`,
      status: reply.status,
      reason: saidOf(reply),
      hint: "check the credentials, and whether the repository must be created first (as on ECR)",
    });
  }

  /** What a tag or digest names now; undefined if it does not exist. */
  async read(name: string, as: "own" | "anonymous" = "own"): Promise<Digest | undefined> {
    const headers = { accept: manifestAccept.join(", ") };
    const reply = await this.ask({ method: "GET", target: `manifests/${name}`, headers }, as);
    if (reply.status !== 200) return undefined;
    parseManifest(reply.body);
    return digestOf(reply.body);
  }

  /** Records that a manifest was deleted, as a check intended. */
  forget(name: { readonly tag?: string; readonly manifest?: Digest }): void {
    if (name.tag !== undefined) this.#tags.delete(name.tag);
    if (name.manifest !== undefined) this.#manifests.delete(name.manifest);
  }

  /**
   * Deletes everything that was pushed, as far as the registry allows. Returns what is left: tags,
   * and digests of manifests without a tag of ours. Blobs without a manifest are left to garbage
   * collection.
   */
  async cleanUp(signal: AbortSignal): Promise<readonly string[]> {
    const remove = async (target: string): Promise<boolean> => {
      const sent = this.ask({ method: "DELETE", target }, "own", signal);
      const status = await sent.then(
        (reply) => reply.status,
        () => 0,
      );
      return [200, 202, 204, 404].includes(status);
    };
    const left: string[] = [];
    // Newest first: an index before its children.
    for (const digest of [...this.#manifests].reverse()) {
      if (!(await remove(`manifests/${digest}`))) left.push(digest);
    }
    const tags: string[] = [];
    if (left.length > 0) {
      for (const tag of this.#tags) if (!(await remove(`manifests/${tag}`))) tags.push(tag);
    }
    for (const digest of this.#blobs) await remove(`blobs/${digest}`);
    return left.length === 0 ? [] : tags.length > 0 ? tags : left;
  }
}

/** The registry's own explanation of a refusal, short. */
export function saidOf({ status, body }: Reply): string {
  const text = body.toString("utf8").replace(/\s+/g, " ").trim();
  const [, code, message] =
    /"code"\s*:\s*"([^"]+)"(?:.*?"message"\s*:\s*"([^"]*)")?/.exec(text) ?? [];
  if (code === undefined) return `status ${status}`;
  return `status ${status}, ${[code, message].filter((part) => part !== undefined && part !== "").join(": ")}`;
}

function configOf(layer: Descriptor): Buffer {
  const platform = { os: "linux", architecture: "amd64" };
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  return Buffer.from(JSON.stringify({ ...platform, config: {}, rootfs }));
}
