import type { Descriptor } from "../../oci/manifest.ts";
import type { Digest } from "../../oci/digest.ts";
import { Buffers } from "../packs/buffers.ts";
import { type NewPack, packBytes } from "../packs/pack-builder.ts";
import { packMediaType } from "../packs/pack-types.ts";
import { release } from "../packs/release.ts";
import type { Storage } from "../stored/find-cache.ts";
import type { Chunk } from "../tree/tree.ts";
import type { Crew } from "../threads/crew.ts";

/** A pack that the repository has now. */
export interface StoredPack {
  readonly descriptor: Descriptor;
  readonly chunks: readonly Chunk[];
}

/** Compresses packs and sends them, several at once, while others are being made. */
export class PackUploads {
  /** For the packs to be made; all of them in use is what holds back reading. */
  readonly buffers: Buffers;
  /** Bytes of packs that were sent, and how many. */
  readonly sent = { bytes: 0, packs: 0 };
  readonly #storage: Storage;
  readonly #crew: Crew;
  readonly #packs: Promise<StoredPack>[] = [];
  #error: Error | undefined;

  constructor(storage: Storage, crew: Crew) {
    this.#storage = storage;
    this.#crew = crew;
    // Two that are being filled, and for each thread one that is compressed and one that is sent.
    this.buffers = new Buffers(packBytes, 2 + 2 * crew.size);
  }

  /** Throws what went wrong with an earlier pack. */
  add(pack: NewPack): void {
    if (this.#error !== undefined) throw this.#error;
    const stored = this.#store(pack);
    stored.catch((error: unknown) => {
      this.#error ??= error instanceof Error ? error : new Error(String(error));
    });
    this.#packs.push(stored);
  }

  /** All packs, in the order in which they were added. */
  finish(): Promise<readonly StoredPack[]> {
    return Promise.all(this.#packs);
  }

  async #store({ bytes: raw, chunks, isCompressible }: NewPack): Promise<StoredPack> {
    const before = raw.buffer;
    let buffer = before;
    try {
      const packed = await this.#crew.run({ kind: "compress", bytes: raw, isCompressible });
      ({ buffer } = packed);
      const digest: Digest = `sha256:${packed.digest}`;
      const mediaType = packMediaType(packed.compression);
      const descriptor = { mediaType, digest, size: packed.bytes.length };
      await this.#send(descriptor, packed.bytes);
      // The registry has it whole, so nothing is being sent of it any more.
      if (packed.bytes.buffer !== buffer) release(packed.bytes);
      return { descriptor, chunks };
    } finally {
      // A buffer that a thread has not given back is replaced, so that nobody waits for it.
      this.buffers.give(buffer.byteLength > 0 ? buffer : new ArrayBuffer(packBytes));
    }
  }

  async #send(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const { client, repository, signal } = this.#storage;
    // A save that was killed left its packs there.
    const head = await client.headBlob(repository, descriptor.digest, { signal });
    if (head?.size === descriptor.size) return;
    await client.pushBlob(repository, descriptor, () => bytes, { signal });
    this.sent.bytes += descriptor.size;
    this.sent.packs += 1;
  }
}
