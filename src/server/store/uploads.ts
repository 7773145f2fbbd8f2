import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../../oci/digest.ts";
import { Refusal } from "../http/refusal.ts";
import { IncomingFile } from "./incoming.ts";

/** A blob upload in progress. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly file: IncomingFile;
  /** The user who started it; undefined for an anonymous user. */
  readonly owner?: string | undefined;
}

interface OpenUpload extends Upload {
  busy: boolean;
  /** Milliseconds, on the store's clock. */
  usedAt: number;
}

/** The most open uploads. Each costs a kilobyte, and a file only once it has bytes. */
const mostUploads = 10_000;
/** The most for one user, so that nobody can keep all others from pushing. */
const mostOfOne = 1_000;
/** How long an upload waits for its next request. */
const idleMs = 60 * 60_000;

/** The open uploads. They do not outlive the process; clients then start again. */
export class Uploads {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #requireRoom: (() => Promise<void>) | undefined;
  readonly #open = new Map<string, OpenUpload>();
  /** How many uploads each user has open. */
  readonly #counts = new Map<string, number>();

  /** `requireRoom` throws if nothing may be written to the disk. */
  constructor(folder: string, now: () => number, requireRoom?: () => Promise<void>) {
    this.#folder = folder;
    this.#now = now;
    this.#requireRoom = requireRoom;
  }

  /**
   * Starts an upload for later requests. Throws a refusal if too many are open or the disk is full.
   */
  async begin(name: string, owner?: string): Promise<Upload> {
    await this.#requireRoom?.();
    if (this.#open.size >= mostUploads) await this.expire();
    if (this.#open.size >= mostUploads) {
      throw tooMany(`too many open uploads: the limit is ${mostUploads}`);
    }
    if (owner !== undefined && this.#countOf(owner) >= mostOfOne) {
      throw tooMany(
        `you have ${mostOfOne} open uploads, which is the limit: finish or cancel some`,
      );
    }
    const upload = { ...this.once(name), owner, busy: false, usedAt: this.#now() };
    this.#open.set(upload.id, upload);
    if (owner !== undefined) this.#counts.set(owner, this.#countOf(owner) + 1);
    return upload;
  }

  /** An upload that starts and ends with one request. */
  once(name: string, digest?: Digest): Upload {
    const id = randomUUID();
    return { id, name, file: new IncomingFile(join(this.#folder, id), digest, this.#requireRoom) };
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The upload, for reading. Throws a refusal if the repository has none with that id. */
  get(name: string, id: string): Upload {
    return this.#get(name, id);
  }

  /**
   * Runs work that writes to an upload, one request at a time. If it fails and `keep` is false, the
   * upload is removed.
   */
  async use<T>(
    name: string,
    id: string,
    work: (upload: Upload) => Promise<T>,
    keep: (error: unknown) => boolean,
  ): Promise<T> {
    const upload = this.#get(name, id);
    if (upload.busy) {
      throw new Refusal(429, "TOOMANYREQUESTS", "another request is writing to this upload", {
        headers: { "retry-after": "1" },
      });
    }
    upload.busy = true;
    try {
      const result = await work(upload);
      await upload.file.pause();
      return result;
    } catch (error) {
      const kept = keep(error) && (await upload.file.pause().then(yes, no));
      if (!kept) await this.end(upload);
      throw error;
    } finally {
      upload.usedAt = this.#now();
      upload.busy = false;
    }
  }

  /** Ends an upload whose file was moved to the store. */
  forget(upload: Upload): void {
    if (!this.#open.delete(upload.id) || upload.owner === undefined) return;
    const left = this.#countOf(upload.owner) - 1;
    if (left > 0) this.#counts.set(upload.owner, left);
    else this.#counts.delete(upload.owner);
  }

  /** Ends an upload and removes its file. */
  async end(upload: Upload): Promise<void> {
    this.forget(upload);
    await upload.file.discard();
  }

  /** Ends the uploads without a request for an hour. */
  async expire(): Promise<void> {
    const limit = this.#now() - idleMs;
    for (const upload of [...this.#open.values()]) {
      if (!upload.busy && upload.usedAt <= limit) await this.end(upload);
    }
  }

  #countOf(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  #get(name: string, id: string): OpenUpload {
    const upload = this.#open.get(id);
    if (upload?.name === name) return upload;
    throw uploadUnknown();
  }
}

function tooMany(message: string): Refusal {
  return new Refusal(429, "TOOMANYREQUESTS", message, { headers: { "retry-after": "60" } });
}

/** The same answer whether an upload does not exist or belongs to somebody else. */
export function uploadUnknown(): Refusal {
  return new Refusal(404, "BLOB_UPLOAD_UNKNOWN", "the upload does not exist: start a new one");
}

const yes = (): boolean => true;
const no = (): boolean => false;
