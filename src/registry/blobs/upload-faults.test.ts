import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesOf, describe as describeBytes } from "../../../test/support/images.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { ScriptedAnswer, SeenRequest } from "../../../test/support/scripted-server.ts";
import { digestOf } from "../../oci/digest.ts";

/** What goes wrong with a request: before the registry processes it, or after. */
type Fault = "none" | "502 before" | "502 after" | "hang up before" | "hang up after" | "413";
const faults: Fault[] = ["502 before", "502 after", "hang up before", "hang up after", "413"];

/**
 * One repository's uploads, exactly as the specification requires, with a fault at each request.
 */
class Uploads {
  readonly blobs = new Map<string, Buffer>();
  readonly #open = new Map<string, Buffer>();
  readonly #faults: Fault[];
  #count = 0;

  constructor(given: readonly Fault[]) {
    this.#faults = [...given];
  }

  answer(request: SeenRequest): ScriptedAnswer | "hang up" {
    const fault = this.#faults.shift() ?? "none";
    if (fault === "413" && request.body.length > 0) return { status: 413 };
    if (fault === "502 before") return { status: 502 };
    if (fault === "hang up before") return "hang up";
    const answer = this.#act(request);
    if (fault === "502 after") return { status: 502 };
    return fault === "hang up after" ? "hang up" : answer;
  }

  #act({ method, url, headers, body }: SeenRequest): ScriptedAnswer {
    const { pathname, searchParams } = new URL(url, "http://x");
    if (method === "HEAD") {
      const blob = this.blobs.get(pathname.split("/").at(-1) ?? "");
      if (blob === undefined) return { status: 404 };
      return { status: 200, headers: { "content-length": String(blob.length) } };
    }
    const location = method === "POST" ? `/u/${++this.#count}` : pathname;
    if (method === "POST") this.#open.set(location, Buffer.alloc(0));
    const held = this.#open.get(location);
    if (held === undefined) return { status: 404 };
    const range = headers["content-range"]?.split("-")[0];
    if (range !== undefined && Number(range) !== held.length) return { status: 416 };
    const whole = Buffer.concat([held, body]);
    this.#open.set(location, whole);
    const state = { location, range: `0-${Math.max(0, whole.length - 1)}` };
    if (method !== "PUT") return { status: method === "GET" ? 204 : 202, headers: state };
    this.#open.delete(location);
    if (digestOf(whole) !== searchParams.get("digest")) return { status: 400 };
    this.blobs.set(digestOf(whole), whole);
    return { status: 201 };
  }
}

const anyFaults = fc.array(fc.constantFrom<Fault>("none", "none", ...faults), { maxLength: 10 });
/** Whether any push survives these faults; a 413 may leave no smaller piece to try. */
function isLittle(given: readonly Fault[]): boolean {
  return given.filter((fault) => fault !== "none").length <= 3 && !given.includes("413");
}

const size = fc.integer({ min: 0, max: 900_000 });
const piece = fc.integer({ min: 100_000, max: 1_000_000 });

function* chunks(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

it("a push is stored whole despite any fault, or fails with an error", async () => {
  await fc.assert(
    fc.asyncProperty(anyFaults, size, fc.option(piece), async (given, length, pieceBytes) => {
      const uploads = new Uploads(given);
      await using r = await scriptedRegistry((request) => uploads.answer(request));
      const bytes = bytesOf("push", length);
      const blob = describeBytes(bytes, "a/b");
      const content = () => Readable.from(chunks(bytes, 30_000), { objectMode: false });
      const options = { pieceBytes: pieceBytes ?? undefined };
      const pushed = await r.client
        .pushBlob({ host: r.host, path: "a" }, blob, content, options)
        .then(() => "stored", codeOf);
      if (pushed === "stored") expect(uploads.blobs.get(blob.digest)?.equals(bytes)).toBe(true);
      else expect(pushed).toBe("registry");
      if (isLittle(given)) expect(pushed).toBe("stored");
    }),
    // `Range: 0-0` means one byte or none.
    { numRuns: 60, examples: [[["none", "hang up after"], 1, 100_000]] },
  );
}, 60_000);

it("a stream is stored whole despite any fault, or fails with an error", async () => {
  await fc.assert(
    fc.asyncProperty(anyFaults, size, piece, async (given, length, pieceBytes) => {
      const uploads = new Uploads(given);
      await using r = await scriptedRegistry((request) => uploads.answer(request));
      const bytes = bytesOf("stream", length);
      const stream = Readable.from(chunks(bytes, 30_000), { objectMode: false });
      const pushed = await r.client
        .pushStream({ host: r.host, path: "a" }, stream, { pieceBytes })
        .catch(codeOf);
      if (typeof pushed !== "string") {
        expect(pushed).toEqual(describeBytes(bytes, "application/octet-stream"));
        expect(uploads.blobs.get(pushed.digest)?.equals(bytes)).toBe(true);
      } else {
        expect(pushed).toBe("registry");
        expect(isLittle(given)).toBe(false);
      }
    }),
    { numRuns: 60, examples: [[["none", "hang up after"], 1, 100_000]] },
  );
}, 60_000);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
