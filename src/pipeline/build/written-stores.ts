import { resolve } from "node:path";
import { CacheService } from "../../cache/github/cache-service.ts";
import { parseRuntimeToken } from "../../cache/github/runtime-token.ts";
import { githubStore } from "../../cache/store/github-store.ts";
import { localStore } from "../../cache/store/local-store.ts";
import { registryStore } from "../../cache/store/registry-store.ts";
import type { CacheStore } from "../../cache/store/store.ts";
import { messageOf, UsageError } from "../../errors.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import type { CacheRef } from "../../plan/plan.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { createTransport } from "../../registry/transport/create-transport.ts";
import { proxySettings } from "../../registry/transport/connection/proxy.ts";
import type { Transport } from "../../registry/transport/transport.ts";
import { version } from "../../version.ts";

/** What is needed to read the caches that a build has just written. */
export interface WrittenStoresOptions {
  readonly client: RegistryClient;
  /** Absolute path of the folder that paths of local caches are relative to. */
  readonly root: string;
  /** The build's environment: it has the address and the token of GitHub's cache service. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** The pushed image, which carries an inline cache. Undefined if there is none. */
  readonly image: Reference | undefined;
}

/** A cache that can be read, or one sentence that says why not. */
export type OpenedCache = { readonly store: CacheStore } | { readonly unchecked: string };

/** Opens the caches that a build has written, to read them back. */
export class WrittenStores implements Disposable {
  readonly #options: WrittenStoresOptions;
  #transport: Transport | undefined;

  constructor(options: WrittenStoresOptions) {
    this.#options = options;
  }

  open({ type, attributes }: CacheRef): OpenedCache {
    const { client, root, image } = this.#options;
    const { ref, dest, tag } = attributes;
    if (type === "registry" && ref !== undefined)
      return { store: registryStore(client, parseReference(ref)) };
    if (type === "local" && dest !== undefined)
      return { store: localStore(resolve(root, dest), { tag }) };
    if (type === "inline") {
      return image === undefined
        ? { unchecked: "it is part of the image, and no image was pushed" }
        : { store: registryStore(client, image) };
    }
    if (type === "gha") return this.#openGithub(attributes);
    return { unchecked: `caches of type ${type} cannot be checked` };
  }

  [Symbol.dispose](): void {
    this.#transport?.close();
  }

  #openGithub(attributes: CacheRef["attributes"]): OpenedCache {
    const { env, now } = this.#options;
    const url = serviceUrl(attributes, env);
    if (url === undefined || !URL.canParse(url)) {
      return { unchecked: "only version 2 of GitHub's cache service can be checked" };
    }
    this.#transport ??= createTransport({
      credentials: anonymous,
      userAgent: `layerkeep/${version}`,
      proxy: proxySettings(env),
    });
    try {
      const token = parseRuntimeToken(env["ACTIONS_RUNTIME_TOKEN"] ?? "", now().getTime());
      // A job writes only to the caches of its own ref; those of its base are not from this build.
      const own = token.scopes.findLast(({ writes }) => writes);
      if (own === undefined) return { unchecked: "the job's token cannot write caches" };
      const service = new CacheService({
        url: new URL(url),
        token: { ...token, scopes: [own] },
        transport: this.#transport,
      });
      return { store: githubStore(service, { scope: attributes["scope"] }) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { unchecked: messageOf(error) };
    }
  }
}

/**
 * The service's address if the build used its version 2, by the rules of buildx (build/opt.go) and
 * BuildKit (cache/remotecache/gha).
 */
function serviceUrl(
  attributes: CacheRef["attributes"],
  env: WrittenStoresOptions["env"],
): string | undefined {
  const asked = attributes["version"] ?? (isTrue(env["ACTIONS_CACHE_SERVICE_V2"]) ? "2" : "");
  if (asked === "1") return undefined;
  const results = asked === "2" ? env["ACTIONS_RESULTS_URL"] : undefined;
  const second = attributes["url_v2"] ?? results;
  if (second !== undefined) return second;
  const first = attributes["url"] ?? env["ACTIONS_CACHE_URL"] ?? env["ACTIONS_RESULTS_URL"];
  const isReceiver = first?.includes("results-receiver.actions.githubusercontent.com") === true;
  return asked === "2" || isReceiver ? first : undefined;
}

/** As Go's strconv.ParseBool reads it. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && ["1", "t", "T", "TRUE", "true", "True"].includes(text);
}
