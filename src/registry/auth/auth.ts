import { type Repository, formatRepository } from "../../oci/reference.ts";
import { FormatError, RegistryError } from "../../errors.ts";
import { type Challenge, parseChallenge } from "./challenge.ts";
import type { Credential } from "./docker-config.ts";
import type { CredentialSource } from "./credentials.ts";
import { reasonOf } from "../transport/connection/http.ts";
import { redactUrl } from "../transport/address.ts";

/** What a token is requested for: `pull`, `push`, `delete` in a repository. */
export interface Scope {
  readonly path: string;
  readonly actions: readonly string[];
}

export function pullScope({ path }: Repository): Scope {
  return { path, actions: ["pull"] };
}

export function pushScope({ path }: Repository): Scope {
  return { path, actions: ["pull", "push"] };
}

export function deleteScope({ path }: Repository): Scope {
  return { path, actions: ["delete", "pull"] };
}

/** Requests a token for a registry's host, and returns the body of the answer. */
export type AskForToken = (request: {
  readonly host: string;
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}) => Promise<string>;

interface Token {
  readonly header: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The least lifetime of a token, by the token specification. Seconds. */
const shortestLife = 60;
/** A token with less time left than this is not used for a new request. Milliseconds. */
const marginMs = 15_000;

/** Chooses the `Authorization` header, and learns from each 401. */
export class Authorizer {
  readonly #source: CredentialSource;
  readonly #ask: AskForToken;
  readonly #clock: () => number;
  readonly #challenges = new Map<string, Challenge>();
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(source: CredentialSource, ask: AskForToken, clock: () => number) {
    this.#source = source;
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The token endpoint that a host named; undefined if it named none. */
  realmOf(host: string): URL | undefined {
    const challenge = this.#challenges.get(host);
    return challenge?.scheme === "bearer" ? parseRealm(challenge.realm) : undefined;
  }

  /** The header for a request to `repository`; undefined if none is needed, as far as we know. */
  async header(
    repository: Repository,
    scopes: readonly Scope[],
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const challenge = this.#challenges.get(repository.host);
    if (challenge === undefined) return undefined;
    const credential = await unlessAborted(this.#credential(repository), signal);
    if (credential?.kind === "bearer") return `Bearer ${credential.token}`;
    if (challenge.scheme === "basic") {
      return credential?.kind === "basic" ? basic(credential) : undefined;
    }
    const token = this.#token(challenge, repository, scopes, credential);
    return (await unlessAborted(token, signal)).header;
  }

  /**
   * Records a 401: what it requires, and that the sent header was rejected. Returns whether another
   * try may succeed.
   */
  async challenged(
    repository: Repository,
    scopes: readonly Scope[],
    wwwAuthenticate: string | undefined,
    sent: string | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const challenge = parseChallenge(wwwAuthenticate);
    if (challenge === undefined) return false;
    this.#challenges.set(repository.host, challenge);
    const credential = await unlessAborted(this.#credential(repository), signal);
    if (credential?.kind === "bearer") return sent === undefined;
    if (challenge.scheme === "basic") return credential !== undefined && sent === undefined;
    if (sent === undefined) return true;
    const key = tokenKey(repository, scopes);
    const held = this.#tokens.get(key);
    const token = await unlessAborted(
      Promise.resolve(held).catch(() => undefined),
      signal,
    );
    // Another request may have fetched a new token already: use that one.
    const stale = token === undefined || token.header === sent;
    if (stale && this.#tokens.get(key) === held) this.#tokens.delete(key);
    return true;
  }

  #credential(repository: Repository): Promise<Credential | undefined> {
    const key = formatRepository(repository);
    const known = this.#credentials.get(key);
    if (known !== undefined) return known;
    const found = this.#source(repository);
    this.#credentials.set(key, found);
    return found;
  }

  /** One request for all callers that need the same token. */
  async #token(
    challenge: Challenge & { scheme: "bearer" },
    repository: Repository,
    scopes: readonly Scope[],
    credential: Credential | undefined,
  ): Promise<Token> {
    const key = tokenKey(repository, scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const token = await known;
      if (token.expiresAt - marginMs > this.#clock()) return token;
      if (this.#tokens.get(key) === known) this.#tokens.delete(key);
      return this.#token(challenge, repository, scopes, credential);
    }
    const fetched = this.#fetchToken(challenge, repository, scopes, credential);
    this.#tokens.set(key, fetched);
    fetched.catch(() => {
      if (this.#tokens.get(key) === fetched) this.#tokens.delete(key);
    });
    return fetched;
  }

  async #fetchToken(
    challenge: Challenge & { scheme: "bearer" },
    repository: Repository,
    scopes: readonly Scope[],
    credential: Credential | undefined,
  ): Promise<Token> {
    const url = parseRealm(challenge.realm);
    const names = scopes.map(({ path, actions }) => `repository:${path}:${actions.join(",")}`);
    const text =
      credential?.kind === "identity"
        ? await this.#ask({
            host: repository.host,
            method: "POST",
            url,
            headers: { "content-type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams({
              grant_type: "refresh_token",
              refresh_token: credential.token,
              client_id: "layerkeep",
              ...(challenge.service === undefined ? {} : { service: challenge.service }),
              ...(names.length === 0 ? {} : { scope: names.join(" ") }),
            }).toString(),
          })
        : await this.#ask({
            host: repository.host,
            method: "GET",
            url: withQuery(url, challenge.service, names),
            headers: credential?.kind === "basic" ? { authorization: basic(credential) } : {},
            body: undefined,
          });
    return parseToken(text, url, this.#clock());
  }
}

/**
 * One caller's wait for a shared result. A caller that is aborted stops waiting, without an effect
 * on the others.
 */
async function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  shared.catch(() => undefined);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal));
    signal.addEventListener("abort", abort, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function tokenKey(repository: Repository, scopes: readonly Scope[]): string {
  const wanted = scopes.map(({ path, actions }) => `${path}:${actions.join(",")}`);
  return [repository.host, repository.path, ...wanted].join(" ");
}

function basic(credential: { readonly username: string; readonly password: string }): string {
  const pair = `${credential.username}:${credential.password}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

function parseRealm(realm: string): URL {
  if (!URL.canParse(realm)) {
    throw new FormatError("the registry specified a token endpoint that is not a valid URL");
  }
  return new URL(realm);
}

function withQuery(realm: URL, service: string | undefined, scopes: readonly string[]): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return url;
}

/** docs/spec/auth/token.md in distribution/distribution: `token`, or OAuth2's `access_token`. */
function parseToken(text: string, url: URL, now: number): Token {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const field = (name: string): unknown =>
    typeof body === "object" && body !== null
      ? Object.entries(body).find(([key]) => key === name)?.[1]
      : undefined;
  const token = [field("token"), field("access_token")].find(
    (t) => typeof t === "string" && t !== "",
  );
  if (typeof token !== "string") {
    throw new RegistryError({
      method: "GET",
      url: redactUrl(url),
      reason: "the token endpoint returned no token",
      hint: "check the credentials for this registry",
    });
  }
  const life = field("expires_in");
  const seconds = typeof life === "number" ? Math.max(shortestLife, life) : shortestLife;
  return { header: `Bearer ${token}`, expiresAt: now + seconds * 1000 };
}
