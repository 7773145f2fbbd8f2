import { createHash, timingSafeEqual } from "node:crypto";
import { header, Refusal, type RegistryRequest } from "./reply.ts";

/** The one who may do everything. */
export interface BasicAuth {
  readonly user: string;
  readonly password: string;
}

/** Throws a 401 refusal where the request does not carry these credentials (RFC 7617). */
export function requireBasicAuth(request: RegistryRequest, auth: BasicAuth): void {
  const given = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header(request, "authorization") ?? "")?.[1];
  const text = given === undefined ? "" : Buffer.from(given, "base64").toString("utf8");
  if (given !== undefined && sameSecret(text, `${auth.user}:${auth.password}`)) return;
  throw new Refusal(401, "UNAUTHORIZED", "authentication required", {
    headers: { "www-authenticate": 'Basic realm="layerkeep registry", charset="UTF-8"' },
  });
}

/** Hashed first, since timingSafeEqual takes only equal lengths, and a length is a hint too. */
function sameSecret(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
