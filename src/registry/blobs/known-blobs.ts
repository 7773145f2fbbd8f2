import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";

const maxKnown = 20_000;
/** Registries delete unreferenced content only after hours; this is far less. Milliseconds. */
const trustedForMs = 300_000;

export interface KnownBlob {
  /** Bytes; undefined if it was mounted, since mounting does not report the size. */
  readonly size: number | undefined;
}

/** Blobs that were recently seen in a repository or put there: they are not requested again. */
export class KnownBlobs {
  readonly #clock: () => number;
  readonly #known = new Map<string, KnownBlob & { readonly at: number }>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Undefined if it is not known to exist. */
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

  /**
   * Forgets one blob, or all of the repository: a registry that reports a missing blob does not
   * always say which.
   */
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
