import { createHmac, timingSafeEqual } from "node:crypto";

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
  const claims = { nbf: 0, exp: Math.floor(expiresAt / 1000), ac: JSON.stringify(ac) };
  const body = [{ alg: "HS256", typ: "JWT" }, claims].map(encoded).join(".");
  return `${body}.${sign(secret, body)}`;
}

/** The scopes of a token from `signToken`; undefined for any other token and for an expired one. */
export function readToken(
  secret: string,
  token: string,
  now: number,
): readonly Scope[] | undefined {
  const end = token.lastIndexOf(".");
  const body = token.slice(0, Math.max(0, end));
  if (!isSigned(secret, body, token.slice(end + 1))) return undefined;
  const claims = JSON.parse(
    Buffer.from(body.slice(body.indexOf(".") + 1), "base64url").toString(),
  ) as { readonly exp: number; readonly ac: string };
  if (claims.exp * 1000 <= now) return undefined;
  const ac = JSON.parse(claims.ac) as { readonly Scope: string; readonly Permission: number }[];
  return ac.map(({ Scope: ref, Permission: permission }) => ({
    ref,
    writes: permission === permissions.readAndWrite,
  }));
}

export function sign(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

export function isSigned(secret: string, text: string, signature: string): boolean {
  const [expected, given] = [Buffer.from(sign(secret, text)), Buffer.from(signature)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
