import { createHmac, timingSafeEqual } from "node:crypto";

type Key = Uint8Array | string;

/** The only header that is written and accepted: no other algorithm, and never `none`. */
const head = encode({ alg: "HS256", typ: "JWT" });

/** Signs a JSON Web Token with HMAC-SHA256: RFC 7519, RFC 7518 3.2. */
export function signJwt(claims: object, key: Key): string {
  const signed = `${head}.${encode(claims)}`;
  return `${signed}.${signText(signed, key)}`;
}

/** The claims of a token that was signed with the key; undefined for any other text. */
export function readJwt(token: string, key: Key): Readonly<Record<string, unknown>> | undefined {
  const [first, claims, signature, ...more] = token.split(".");
  if (first !== head || claims === undefined || signature === undefined || more.length > 0) {
    return undefined;
  }
  if (!isSignedText(`${first}.${claims}`, signature, key)) return undefined;
  const value: unknown = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

/** The HMAC-SHA256 of a text, in base64url. */
export function signText(text: string, key: Key): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Whether `signText` made the signature. */
export function isSignedText(text: string, signature: string, key: Key): boolean {
  const [expected, given] = [Buffer.from(signText(text, key)), Buffer.from(signature)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
