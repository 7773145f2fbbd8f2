import { FormatError } from "../../errors.ts";
import { type GitOptions, streamGit } from "../run-git.ts";

/** Receives one blob's bytes as they arrive. */
export interface BlobSink {
  write(chunk: Buffer): void;
  /** After the last byte. */
  end(): void;
}

const newline = 10;
const longestHeader = 256;

/**
 * Reads blobs with a single git process, in the order of their ids, each into the sink that `open`
 * returns for it. Returns the ids that this clone does not have; `open` is not called for those.
 * Throws a format error if git's answer does not match the request.
 */
export async function readBlobs(
  git: GitOptions,
  ids: readonly string[],
  open: (id: string) => BlobSink,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  if (ids.length === 0) return missing;
  const running = streamGit(git, ["cat-file", "--batch"], `${ids.join("\n")}\n`);
  running.stderr.resume();
  const parser = new BatchParser(ids, open, missing);
  try {
    for await (const chunk of running.stdout as AsyncIterable<Buffer>) parser.add(chunk);
  } catch (error) {
    running.stop();
    throw error;
  }
  const exitCode = await running.ended;
  if (exitCode !== 0 || !parser.done) {
    throw new FormatError(`git cat-file exited with ${exitCode} before it returned every blob`);
  }
  return missing;
}

/** `<id> <type> <size>\n<content>\n` for each, or `<id> missing\n`. */
class BatchParser {
  readonly #ids: readonly string[];
  readonly #open: (id: string) => BlobSink;
  readonly #missing: Set<string>;
  #next = 0;
  #header = Buffer.alloc(0);
  #sink: BlobSink | undefined;
  #left = 0;

  constructor(ids: readonly string[], open: (id: string) => BlobSink, missing: Set<string>) {
    this.#ids = ids;
    this.#open = open;
    this.#missing = missing;
  }

  get done(): boolean {
    return this.#next === this.#ids.length && this.#sink === undefined;
  }

  add(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#sink === undefined ? this.#head(rest) : this.#body(rest);
  }

  #head(chunk: Buffer): Buffer {
    const end = chunk.indexOf(newline);
    this.#header = Buffer.concat([this.#header, end < 0 ? chunk : chunk.subarray(0, end)]);
    if (this.#header.length > longestHeader) throw unexpected(this.#header.toString());
    if (end < 0) return Buffer.alloc(0);
    const header = this.#header.toString();
    this.#header = Buffer.alloc(0);
    const wanted = this.#ids[this.#next++];
    const [id, type, size] = header.split(" ");
    if (wanted === undefined || id !== wanted) throw unexpected(header);
    if (type === "missing") this.#missing.add(wanted);
    else if (type === "blob" && /^\d+$/.test(size ?? "")) {
      this.#sink = this.#open(wanted);
      this.#left = Number(size);
    } else throw unexpected(header);
    return chunk.subarray(end + 1);
  }

  /** The content, and the newline after it. */
  #body(chunk: Buffer): Buffer {
    const content = chunk.subarray(0, this.#left);
    if (content.length > 0) this.#sink?.write(content);
    this.#left -= content.length;
    const rest = chunk.subarray(content.length);
    if (rest.length === 0) return rest;
    if (rest[0] !== newline) throw unexpected("more content than the declared size");
    this.#sink?.end();
    this.#sink = undefined;
    return rest.subarray(1);
  }
}

function unexpected(what: string): FormatError {
  return new FormatError(`unexpected output from git cat-file: ${what.slice(0, longestHeader)}`);
}
