import type { Chunk } from "../tree/tree.ts";

/** The uncompressed size of a pack, at most, unless a single chunk is larger. Bytes. */
export const packBytes = 4 << 20;

/** Chunks that are stored together. */
export interface NewPack {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly Chunk[];
  readonly isCompressible: boolean;
}

interface OpenPack {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly chunks: Chunk[];
  length: number;
}

/**
 * Puts chunks into packs in the order in which they come, so that the same chunks always give the
 * same packs. What does not compress gets packs of its own.
 */
export class PackBuilder {
  readonly #open = new Map<boolean, OpenPack>();
  readonly #take: () => Promise<ArrayBuffer>;
  readonly #full: (pack: NewPack) => void;

  /** `take` gives a buffer of `packBytes` when there is one; `full` is called for each pack. */
  constructor(take: () => Promise<ArrayBuffer>, full: (pack: NewPack) => void) {
    this.#take = take;
    this.#full = full;
  }

  async add(chunk: Chunk, bytes: Uint8Array, isCompressible: boolean): Promise<void> {
    const before = this.#open.get(isCompressible);
    if (before !== undefined && before.length + chunk.length > packBytes) {
      this.#close(isCompressible, before);
    }
    const pack = this.#open.get(isCompressible) ?? (await this.#begin(isCompressible));
    pack.bytes.set(bytes, pack.length);
    pack.chunks.push(chunk);
    pack.length += chunk.length;
  }

  /** Closes the packs that are not full. */
  finish(): void {
    for (const isCompressible of [true, false]) {
      const pack = this.#open.get(isCompressible);
      if (pack !== undefined) this.#close(isCompressible, pack);
    }
  }

  async #begin(isCompressible: boolean): Promise<OpenPack> {
    const pack = { bytes: new Uint8Array(await this.#take()), chunks: [], length: 0 };
    this.#open.set(isCompressible, pack);
    return pack;
  }

  #close(isCompressible: boolean, { bytes, chunks, length }: OpenPack): void {
    this.#open.delete(isCompressible);
    this.#full({ bytes: bytes.subarray(0, length), chunks, isCompressible });
  }
}
