import type { Readable } from "node:stream";
import { UsageError } from "../../errors.ts";
import {
  type ApiAnswer,
  field,
  parseBase,
  ProviderApi,
  textField,
} from "../../registry/api/provider-api.ts";
import type { CallOptions } from "../../registry/client.ts";
import type { Transport } from "../../registry/transport/transport.ts";
import { entryVersion } from "./entry-keys.ts";
import { parseRuntimeToken, type RuntimeToken } from "./runtime-token.ts";
import { SignedBlob } from "./signed-blob.ts";

export interface CacheServiceOptions {
  /** `ACTIONS_RESULTS_URL` */
  readonly url: URL;
  readonly token: RuntimeToken;
  readonly transport: Transport;
}

/** An entry in the service, and its content. */
export interface FoundEntry {
  /** The whole key, which may be longer than the key that was looked up. */
  readonly key: string;
  readonly content: SignedBlob;
}

const path = "twirp/github.actions.results.api.v1.CacheService/";

/**
 * GitHub's cache service, version 2, with the protocol that BuildKit uses
 * (tonistiigi/go-actions-cache, cache_v2.go): twirp in JSON, and Azure blobs behind signed URLs.
 * Every call throws a registry error if it is refused, and waits if a rate limit is reached.
 */
export class CacheService {
  readonly token: RuntimeToken;
  readonly #url: URL;
  readonly #transport: Transport;
  readonly #api: ProviderApi;

  /** Throws a usage error if the token may not be sent to that address. */
  constructor({ url, token, transport }: CacheServiceOptions) {
    this.token = token;
    this.#url = new URL(path, parseBase(url.href, transport));
    this.#transport = transport;
    this.#api = new ProviderApi("GitHub's cache service", { transport });
  }

  /**
   * The newest entry whose key begins with `key`, in the first of the token's scopes that has one.
   */
  async find(key: string, o: CallOptions = {}): Promise<FoundEntry | undefined> {
    const body = { key, restore_keys: [key] };
    const answer = await this.#call("GetCacheEntryDownloadURL", body, o);
    if (field(answer.json, "ok") !== true) return undefined;
    const matched = textField(answer.json, "matched_key") ?? key;
    return { key: matched, content: this.#blobAt(answer, "signed_download_url") };
  }

  /** Waits before the next look at an entry that another job is uploading. */
  async pause(nextTry: number, { signal }: CallOptions): Promise<void> {
    await this.#transport.pause(nextTry, signal);
  }

  /**
   * Adds an entry. False if the key exists already, or another job is uploading it, or started to
   * and never finished.
   */
  async add(
    key: string,
    size: number,
    open: () => Promise<Readable>,
    o: CallOptions = {},
  ): Promise<boolean> {
    // An entry that is created and never uploaded locks its key. Open the content first, so that
    // unreadable content creates none.
    const content = await open();
    const created = await this.#call("CreateCacheEntry", { key }, o, [409]);
    if (created.status === 409) {
      content.destroy();
      return false;
    }
    if (field(created.json, "ok") !== true) throw this.#refused(created, "created no entry");
    await this.#blobAt(created, "signed_upload_url").upload(size, content, o);
    // Protocol buffers write an int64 as a string in JSON, and also accept a number.
    const done = await this.#call("FinalizeCacheEntryUpload", { key, size_bytes: `${size}` }, o);
    if (field(done.json, "ok") !== true) throw this.#refused(done, "rejected the upload");
    return true;
  }

  async #call(
    method: string,
    body: object,
    { signal }: CallOptions,
    accept: readonly number[] = [],
  ): Promise<ApiAnswer> {
    const url = new URL(method, this.#url);
    const answer = await this.#api.ask(
      { host: url.host, path: "" },
      {
        method: "POST",
        url,
        headers: {
          authorization: `Bearer ${this.token.raw}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ ...body, version: entryVersion }),
        signal,
      },
    );
    if (answer.status === 200 || accept.includes(answer.status)) return answer;
    throw this.#api.error(
      answer,
      answer.status === 401 || answer.status === 403
        ? "use the token of a running job: a token expires when its job ends, and can write only to the ref of the job"
        : "check https://www.githubstatus.com, or try again later",
    );
  }

  #blobAt(answer: ApiAnswer, name: string): SignedBlob {
    const url = textField(answer.json, name) ?? "";
    if (!URL.canParse(url)) throw this.#api.malformed(answer, `a ${name}`);
    return new SignedBlob(this.#transport, new URL(url));
  }

  #refused(answer: ApiAnswer, what: string): Error {
    return this.#api.error(answer, "try again later", `the service ${what}`);
  }
}

/**
 * The service's address and token, from a job's environment. Throws a usage error if either is
 * missing or invalid. `now`: milliseconds since 1970.
 */
export function serviceFrom(
  env: Readonly<Record<string, string | undefined>>,
  now: number,
): { readonly url: URL; readonly token: RuntimeToken } {
  const url = env["ACTIONS_RESULTS_URL"] ?? "";
  const raw = env["ACTIONS_RUNTIME_TOKEN"] ?? "";
  const missing = Object.entries({ ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: raw })
    .filter(([, value]) => value === "")
    .map(([name]) => name);
  if (missing.length > 0) {
    throw new UsageError(`type=gha needs ${missing.join(" and ")} in the environment`, {
      hint: "run this command in an action: GitHub does not set these variables for `run:` steps. To try type=gha locally, run `layerkeep cache serve-gha`",
    });
  }
  if (!URL.canParse(url)) throw new UsageError(`ACTIONS_RESULTS_URL is not a URL: ${url}`);
  return { url: new URL(url), token: parseRuntimeToken(raw, now) };
}
