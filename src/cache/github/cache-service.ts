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

/** An entry that the service has, and its content. */
export interface FoundEntry {
  /** The whole key, which may be longer than what was looked for. */
  readonly key: string;
  readonly content: SignedBlob;
}

const path = "twirp/github.actions.results.api.v1.CacheService/";

/**
 * GitHub's cache service, version 2, as BuildKit speaks to it (tonistiigi/go-actions-cache,
 * cache_v2.go): twirp in JSON, and Azure's blobs behind signed URLs. Every call throws a registry
 * error where it is refused, and waits where a limit is met.
 */
export class CacheService {
  readonly token: RuntimeToken;
  readonly #url: URL;
  readonly #transport: Transport;
  readonly #api: ProviderApi;

  /** Throws a usage error where the token may not go to that address. */
  constructor({ url, token, transport }: CacheServiceOptions) {
    this.token = token;
    this.#url = new URL(path, parseBase(url.href, transport));
    this.#transport = transport;
    this.#api = new ProviderApi("GitHub's cache service", { transport });
  }

  /**
   * The newest entry whose key begins with `key`, of the first scope of the token that has one.
   */
  async find(key: string, o: CallOptions = {}): Promise<FoundEntry | undefined> {
    const body = { key, restore_keys: [key] };
    const answer = await this.#call("GetCacheEntryDownloadURL", body, o);
    if (field(answer.json, "ok") !== true) return undefined;
    const matched = textField(answer.json, "matched_key") ?? key;
    return { key: matched, content: this.#blobAt(answer, "signed_download_url") };
  }

  /** Waits before the next look at what somebody else is sending. */
  async pause(nextTry: number, { signal }: CallOptions): Promise<void> {
    await this.#transport.pause(nextTry, signal);
  }

  /**
   * Adds an entry. False: one of that key exists already, or somebody else is sending it, or once
   * began to and never ended.
   */
  async add(
    key: string,
    size: number,
    open: () => Promise<Readable>,
    o: CallOptions = {},
  ): Promise<boolean> {
    // An entry that is created and never sent locks its key: what cannot be read creates none.
    const content = await open();
    const created = await this.#call("CreateCacheEntry", { key }, o, [409]);
    if (created.status === 409) {
      content.destroy();
      return false;
    }
    if (field(created.json, "ok") !== true) throw this.#refused(created, "made no entry");
    await this.#blobAt(created, "signed_upload_url").upload(size, content, o);
    // An int64 is a text in the JSON of protocol buffers, and read as a number too.
    const done = await this.#call("FinalizeCacheEntryUpload", { key, size_bytes: `${size}` }, o);
    if (field(done.json, "ok") !== true) throw this.#refused(done, "did not take the upload");
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
        ? "a token lives as long as its job, and writes only to the job's own ref"
        : "see https://www.githubstatus.com, or try again",
    );
  }

  #blobAt(answer: ApiAnswer, name: string): SignedBlob {
    const url = textField(answer.json, name) ?? "";
    if (!URL.canParse(url)) throw this.#api.malformed(answer, `a ${name}`);
    return new SignedBlob(this.#transport, new URL(url));
  }

  #refused(answer: ApiAnswer, what: string): Error {
    return this.#api.error(answer, "try again", `the service ${what}`);
  }
}

/**
 * Where the service is and what it may be asked for, by a job's environment. Throws a usage error
 * where that does not tell. `now`: milliseconds since 1970.
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
      hint: "GitHub gives them to actions, not to `run:`; `layerkeep cache serve-gha` has a service to try it with",
    });
  }
  if (!URL.canParse(url)) throw new UsageError(`ACTIONS_RESULTS_URL is no URL: ${url}`);
  return { url: new URL(url), token: parseRuntimeToken(raw, now) };
}
