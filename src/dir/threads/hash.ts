import * as crypto from "node:crypto";

/** The sha256 of bytes, in hexadecimal; without an object for each hash where Node can (20.12). */
export function hashOf(bytes: Uint8Array): string {
  return crypto.hash("sha256", bytes, "hex");
}
