import { createHmac, timingSafeEqual } from "node:crypto";

/** The only header that is written and accepted: no other algorithm, and never `none`. */
const head = encode({ alg: "HS256", typ: "JWT" });

/** Signs a JSON Web Token with HMAC-SHA256: RFC 7519, RFC 7518 3.2. */
export function signJwt(claims: object, key: Uint8Array): string {
  const signed = `${head}.${encode(claims)}`;
  return `${signed}.${signatureOf(signed, key).toString("base64url")}`;
}

/** The claims of a token that was signed with the key; undefined for any other text. */
export function readJwt(
  token: string,
  key: Uint8Array,
): Readonly<Record<string, unknown>> | undefined {
  const [first, claims, signature, ...more] = token.split(".");
  if (first !== head || claims === undefined || signature === undefined || more.length > 0) {
    return undefined;
  }
  const given = Buffer.from(signature, "base64url");
  const expected = signatureOf(`${first}.${claims}`, key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const value: unknown = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function signatureOf(text: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
