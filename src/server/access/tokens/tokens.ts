import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { readJwt, signJwt } from "./jwt.ts";
import { parseScopes, type Scope } from "./scope.ts";

/** What a token lets its bearer do. */
export interface Bearer {
  /** Undefined where the token was given to somebody who did not log in. */
  readonly user: string | undefined;
  readonly scopes: readonly Scope[];
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** RFC 3339. */
  readonly issuedAt: string;
}

/** Seconds. Clients take a token of no length for one of 60, and ask again. */
const life = 300;
const refreshLife = 30 * 24 * 3_600;

/**
 * Gives tokens and reads them: the distribution project's token specification. The keys are this
 * process's own, so that nothing has to be kept; after a restart clients ask again.
 */
export class Tokens {
  readonly #service: string;
  readonly #now: () => number;
  readonly #key = randomBytes(32);
  /** Another key, so that neither kind can be taken for the other. */
  readonly #refreshKey = randomBytes(32);

  /** `now` gives milliseconds. */
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

  /** Undefined for a token that is not ours, or has expired. */
  read(token: string): Bearer | undefined {
    const claims = this.#valid(readJwt(token, this.#key));
    const { sub, access } = claims ?? {};
    if (typeof sub !== "string" || !Array.isArray(access)) return undefined;
    return {
      user: sub === "" ? undefined : sub,
      scopes: parseScopes(access.map(textOf)),
    };
  }

  /** A token to get others with, for as long as the user's password stays what it is. */
  issueRefresh(user: string, fingerprint: string): string {
    const exp = this.#seconds() + refreshLife;
    return signJwt({ sub: user, exp, for: this.#mark(fingerprint) }, this.#refreshKey);
  }

  /** The user of a refresh token; undefined where it is not ours, expired, or of an old password. */
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

  /** A token can be read by whoever has it: the fingerprint itself must not be in it. */
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
