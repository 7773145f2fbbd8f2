import { createHash } from "node:crypto";
import type { Decide, Fault, SeenRequest } from "../fault-proxy.ts";

/**
 * A share of all requests goes wrong. What happens to a request follows from the seed, the request
 * and how often it was seen, not from the order in which concurrent requests came: a seed that
 * failed fails again. The first part of a repository's name and the ids of uploads are of no
 * account.
 */
export function faultsBySeed(seed: number, share: number): Decide {
  const seen = new Map<string, number>();
  return (request) => {
    const count = (seen.get(request.method + request.url) ?? 0) + 1;
    seen.set(request.method + request.url, count);
    const random = draws(`${seed} ${request.method} ${nameOf(request)} ${count}`);
    if (random() >= share) return undefined;
    const faults = faultsFor(request, random);
    return faults[Math.floor(random() * faults.length)];
  };
}

/** Numbers from 0 to 1 that a text determines, eight of them. */
export function draws(text: string): () => number {
  const bytes = createHash("sha256").update(text).digest();
  let at = 0;
  return () => bytes.readUInt32LE((at++ % 8) * 4) / 2 ** 32;
}

function nameOf({ url }: SeenRequest): string {
  const { pathname, searchParams } = new URL(url, "http://registry");
  const path = pathname.replace(/^\/v2\/[^/]+\//, "").replace(/(\/blobs\/uploads\/)[^/]+$/, "$1ID");
  return `${path} ${searchParams.get("digest") ?? ""} ${searchParams.get("mount") ?? ""}`;
}

function faultsFor({ method, url }: SeenRequest, random: () => number): readonly Fault[] {
  const place = random();
  const bytes = Math.floor(random() * 3) === 0 ? 0 : Math.floor(place * 2000);
  const always: Fault[] = [
    { type: "reset" },
    { type: "delay", milliseconds: 1 + Math.floor(place * 3) },
    { type: "status", status: 429, headers: { "retry-after": String(Math.floor(place * 3)) } },
    { type: "status", status: 429 },
    { type: "status", status: 500 },
    { type: "status", status: 503 },
    { type: "drop-answer" },
  ];
  if (method === "HEAD" || method === "DELETE") return always;
  if (method === "GET") {
    const truncated: Fault = { type: "truncate", bytes };
    // Nothing tells that a list was corrupted: only what has a digest is.
    if (!/\/(?:manifests|blobs)\//.test(url)) return [...always, truncated];
    return [...always, truncated, truncated, { type: "corrupt", body: "answer", place }];
  }
  if (method === "POST") return always;
  const cut: Fault[] = [
    { type: "cut", bytes },
    { type: "cut", bytes: bytes * 100 },
  ];
  // A manifest that is put under a tag is checked by nobody before the tag points at it.
  if (/\/manifests\/(?!sha\d+:)/.test(url)) return [...always, ...cut];
  const wrong: Fault = { type: "corrupt", body: "request", place };
  return [...always, ...cut, wrong, ...(url.includes("/uploads/") ? [tooLarge] : [])];
}

const tooLarge: Fault = { type: "status", status: 413 };
