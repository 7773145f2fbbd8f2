import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";

const maxKnown = 20_000;
/** Registries collect what nothing refers to only after hours; this is far below. Milliseconds. */
const trustedForMs = 300_000;

export interface KnownBlob {
  /** Bytes; undefined where it was mounted, which takes no size. */
  readonly size: number | undefined;
}

/** The blobs that were lately seen or put in a repository: they are not asked for again. */
export class KnownBlobs {
  readonly #clock: () => number;
  readonly #known = new Map<string, KnownBlob & { readonly at: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Undefined where it is not known to be there. */
  find(repository: Repository, digest: Digest): KnownBlob | undefined {
    const key = keyOf(repository, digest);
    const found = this.#known.get(key);
    if (found === undefined) return undefined;
    if (this.#clock() - found.at <= trustedForMs) return found;
    this.#known.delete(key);
    return undefined;
  }

  add(repository: Repository, digest: Digest, size: number | undefined): void {
    const key = keyOf(repository, digest);
    this.#known.delete(key);
    this.#known.set(key, { size, at: this.#clock() });
    if (this.#known.size <= maxKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** One blob, or all of the repository: a registry said that it lacks one, and not always which. */
  forget(repository: Repository, digest?: Digest): void {
    if (digest !== undefined) {
      this.#known.delete(keyOf(repository, digest));
      return;
    }
    const prefix = `${formatRepository(repository)}@`;
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key);
  }
}

function keyOf(repository: Repository, digest: Digest): string {
  return `${formatRepository(repository)}@${digest}`;
}
