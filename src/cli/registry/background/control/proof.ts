import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * The headers by which both sides show that they have read the state file, without sending what is
 * in it: another program may listen on the port of a server that was killed.
 */
export const nonceHeader = "x-layerkeep-nonce";
export const proofHeader = "x-layerkeep-proof";

/** What the client proves with: its method and path. */
export function proofOfRequest(token: string, nonce: string, line: string): string {
  return hmac(token, `request ${nonce} ${line}`);
}

/** What the server answers with. */
export function proofOfAnswer(token: string, nonce: string): string {
  return hmac(token, `answer ${nonce}`);
}

export function isProof(given: unknown, expected: string): boolean {
  return (
    typeof given === "string" &&
    given.length === expected.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(expected))
  );
}

function hmac(token: string, text: string): string {
  return createHmac("sha256", token).update(text).digest("hex");
}
