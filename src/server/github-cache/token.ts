import { readJwt, signJwt } from "../access/tokens/jwt.ts";

/** A ref whose caches a token grants access to, in the terms of GitHub's own tokens. */
export interface Scope {
  readonly ref: string;
  readonly writes: boolean;
}

const permissions = { read: 1, readAndWrite: 3 };

/** A token as in a job's ACTIONS_RUNTIME_TOKEN: a JWT with the claims that BuildKit reads. */
export function signToken(secret: string, scopes: readonly Scope[], expiresAt: number): string {
  const ac = scopes.map(({ ref, writes }) => ({
    Scope: ref,
    Permission: writes ? permissions.readAndWrite : permissions.read,
  }));
  const exp = Math.floor(expiresAt / 1000);
  return signJwt({ nbf: 0, exp, ac: JSON.stringify(ac) }, secret);
}

/** The scopes of a token from `signToken`; undefined for any other token and for an expired one. */
export function readToken(
  secret: string,
  token: string,
  now: number,
): readonly Scope[] | undefined {
  const { exp, ac } = readJwt(token, secret) ?? {};
  if (typeof exp !== "number" || typeof ac !== "string" || exp * 1000 <= now) return undefined;
  // Signed, so it is what `signToken` wrote.
  const scopes = JSON.parse(ac) as { readonly Scope: string; readonly Permission: number }[];
  return scopes.map(({ Scope: ref, Permission: permission }) => ({
    ref,
    writes: permission === permissions.readAndWrite,
  }));
}
