import type { Digest } from "../../../oci/digest.ts";

/** The manifests that name one subject. Sorted on demand, until one is added or removed. */
export class Referrers {
  readonly #digests = new Set<Digest>();
  #sorted: readonly Digest[] | undefined;

  get size(): number {
    return this.#digests.size;
  }

  add(digest: Digest): void {
    this.#digests.add(digest);
    this.#sorted = undefined;
  }

  delete(digest: Digest): void {
    this.#digests.delete(digest);
    this.#sorted = undefined;
  }

  /** By code unit. */
  sorted(): readonly Digest[] {
    return (this.#sorted ??= [...this.#digests].sort());
  }
}
