import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { readJwt, signJwt } from "./jwt.ts";
import { parseScopes, type Scope } from "./scope.ts";

/** What a token allows its bearer to do. */
export interface Bearer {
  /** Undefined if the token was issued to an anonymous user. */
  readonly user: string | undefined;
  readonly scopes: readonly Scope[];
}

export interface IssuedToken {
  readonly token: string;
  /** In seconds. */
  readonly expiresIn: number;
  /** RFC 3339. */
  readonly issuedAt: string;
}

/** In seconds. Clients assume 60 seconds for a token that names no lifetime, and then ask again. */
const life = 300;
const refreshLife = 30 * 24 * 3_600;

/**
 * Issues and reads tokens: the distribution project's token specification. The keys belong to this
 * process, so nothing has to be stored; after a restart clients ask again.
 */
export class Tokens {
  readonly #service: string;
  readonly #now: () => number;
  readonly #key = randomBytes(32);
  /** A separate key, so that neither kind of token passes as the other. */
  readonly #refreshKey = randomBytes(32);

  /** `now` returns milliseconds. */
  constructor(service: string, now: () => number = Date.now) {
    this.#service = service;
    this.#now = now;
  }

  issue({ user, scopes }: Bearer): IssuedToken {
    const seconds = this.#seconds();
    const claims = {
      iss: this.#service,
      sub: user ?? "",
      aud: this.#service,
      exp: seconds + life,
      nbf: seconds,
      iat: seconds,
      jti: randomUUID(),
      access: scopes.map(claimOf),
    };
    return {
      token: signJwt(claims, this.#key),
      expiresIn: life,
      issuedAt: new Date(seconds * 1000).toISOString(),
    };
  }

  /** Undefined if the token was not issued here or has expired. */
  read(token: string): Bearer | undefined {
    const claims = this.#valid(readJwt(token, this.#key));
    const { sub, access } = claims ?? {};
    if (typeof sub !== "string" || !Array.isArray(access)) return undefined;
    return {
      user: sub === "" ? undefined : sub,
      scopes: parseScopes(access.map(textOf)),
    };
  }

  /** A token for getting others; it is valid until the user's password changes. */
  issueRefresh(user: string, fingerprint: string): string {
    const exp = this.#seconds() + refreshLife;
    return signJwt({ sub: user, exp, for: this.#mark(fingerprint) }, this.#refreshKey);
  }

  /**
   * The user of a refresh token; undefined if it was not issued here, has expired, or the password
   * has changed since.
   */
  readRefresh(
    token: string,
    fingerprintOf: (user: string) => string | undefined,
  ): string | undefined {
    const { sub, for: mark } = this.#valid(readJwt(token, this.#refreshKey)) ?? {};
    const fingerprint = typeof sub === "string" ? fingerprintOf(sub) : undefined;
    if (typeof sub !== "string" || fingerprint === undefined) return undefined;
    return mark === this.#mark(fingerprint) ? sub : undefined;
  }

  #valid(
    claims: Readonly<Record<string, unknown>> | undefined,
  ): Readonly<Record<string, unknown>> | undefined {
    const exp = claims?.["exp"];
    return typeof exp === "number" && exp > this.#now() / 1000 ? claims : undefined;
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  /** Anyone who has a token can read it, so it must not contain the fingerprint itself. */
  #mark(fingerprint: string): string {
    return createHmac("sha256", this.#refreshKey).update(fingerprint).digest("base64url");
  }
}

/** The specification's `access` claim. */
function claimOf(scope: Scope): object {
  return scope.type === "catalog"
    ? { type: "registry", name: "catalog", actions: ["*"] }
    : { type: "repository", name: scope.name, actions: scope.actions };
}

function textOf(claim: unknown): string {
  if (typeof claim !== "object" || claim === null) return "";
  if (!("type" in claim) || !("name" in claim) || !("actions" in claim)) return "";
  const { type, name, actions } = claim;
  return Array.isArray(actions) ? `${String(type)}:${String(name)}:${actions.join(",")}` : "";
}
