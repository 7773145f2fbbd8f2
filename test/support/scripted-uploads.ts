import { digestOf } from "../../src/oci/digest.ts";
import type { Script } from "./scripted-server.ts";

/**
 * A registry that keeps what it was sent, where `fault` does not answer instead. Of the first PUT
 * it keeps `breakAt` bytes and hangs up. `least` is the smallest piece that it says it takes.
 */
export function uploading(fault: Script = () => ({ status: 0 }), breakAt?: number, least?: string) {
  let stored: Buffer = Buffer.alloc(0);
  let broke = breakAt === undefined;
  const kept = () => stored;
  const script: Script = async (request, seen) => {
    const said = await fault(request, seen);
    if (said === "hang up" || said.status !== 0) return said;
    const { method, url, body } = request;
    const state = /state=(\d+)/.exec(url)?.[1] ?? "0";
    const location = `/upload?state=${Number(state) + 1}`;
    switch (method) {
      case "POST":
        stored = Buffer.alloc(0);
        return {
          status: 202,
          headers: { location, ...(least === undefined ? {} : { "oci-chunk-min-length": least }) },
        };
      case "PATCH":
        stored = Buffer.concat([stored, body]);
        return { status: 202, headers: { location } };
      case "PUT":
        if (!broke) {
          broke = true;
          stored = body.subarray(0, breakAt);
          return "hang up";
        }
        stored = Buffer.concat([stored, body]);
        return { status: url.includes(encodeURIComponent(digestOf(stored))) ? 201 : 400 };
      case "GET":
        if (url.includes("/tags/list")) return { status: 404 };
        return { status: 204, headers: { location, range: `0-${Math.max(0, stored.length - 1)}` } };
      default:
        return { status: 404 };
    }
  };
  return { script, kept };
}
