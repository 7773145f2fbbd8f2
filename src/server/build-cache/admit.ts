import { createHash, timingSafeEqual } from "node:crypto";
import { header, type RegistryRequest } from "../http/request.ts";

/**
 * The path that a request asks for, if it has the token: as the first part of its path, as a bearer
 * token, or as the password of basic authentication. Undefined if it does not.
 */
export function admit(request: RegistryRequest, token: string): string | undefined {
  const [, first = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(request.path) ?? [];
  if (isSame(first, token)) return rest;
  const given = tokenOf(header(request, "authorization") ?? "");
  return given !== undefined && isSame(given, token) ? request.path : undefined;
}

function tokenOf(authorization: string): string | undefined {
  const [, kind = "", value = ""] = /^(\w+) +(\S+)$/.exec(authorization) ?? [];
  if (kind.toLowerCase() === "bearer") return value;
  if (kind.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

/** Hashed first: `timingSafeEqual` only takes equal lengths. */
function isSame(given: string, token: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
