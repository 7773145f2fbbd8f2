import type { StoredManifest } from "./manifests.ts";

/** Bytes of manifests that are kept in memory, and of the largest one that is. */
const budget = 32 << 20;
const largest = 256 << 10;
/** What an entry costs beside its bytes. */
const overhead = 512;

/** Manifests that were read, by path; the one that was read first goes first. */
export class ManifestCache {
  readonly #entries = new Map<string, StoredManifest>();
  #bytes = 0;

  get(path: string): StoredManifest | undefined {
    return this.#entries.get(path);
  }

  set(path: string, manifest: StoredManifest): void {
    if (manifest.bytes.length > largest) return;
    this.delete(path);
    this.#entries.set(path, manifest);
    this.#bytes += manifest.bytes.length + overhead;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= budget) break;
      this.delete(oldest);
    }
  }

  delete(path: string): void {
    const manifest = this.#entries.get(path);
    if (manifest === undefined) return;
    this.#entries.delete(path);
    this.#bytes -= manifest.bytes.length + overhead;
  }
}
