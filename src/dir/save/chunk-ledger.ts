import type { Descriptor } from "../../oci/manifest.ts";
import { chooseRepacked } from "../packs/choose-repacked.ts";
import type { Chunk } from "../tree/tree.ts";
import type { Base } from "./base.ts";
import type { StoredPack } from "./upload-packs.ts";

/** Which chunks a tree has, and which packs have them: those of the base, and new ones. */
export class ChunkLedger {
  readonly #base: Base | undefined;
  /** The pack of the base that has a chunk. */
  readonly #stored = new Map<string, number>();
  readonly #used = new Set<string>();
  readonly #new = new Set<string>();

  constructor(base: Base | undefined) {
    this.#base = base;
    for (const [number, pack] of (base?.lists ?? []).entries()) {
      if (base?.missing.has(number) === true) continue;
      for (const { digest } of pack) {
        if (!this.#stored.has(digest)) this.#stored.set(digest, number);
      }
    }
  }

  /** Whether the base has all of them. */
  hasAll(chunks: readonly Chunk[]): boolean {
    return chunks.every(({ digest }) => this.#stored.has(digest));
  }

  use(chunks: readonly Chunk[]): void {
    for (const { digest } of chunks) this.#used.add(digest);
  }

  /** Whether a chunk must be put into a new pack; it is from then on. */
  takeNew({ digest }: Chunk): boolean {
    if (this.#stored.has(digest) || this.#new.has(digest)) return false;
    this.#new.add(digest);
    return true;
  }

  /** Chunks of packs that are mostly unused: they are to be put into new ones. */
  chooseRepacked(): ReadonlySet<string> {
    const packs = this.#base?.lists ?? [];
    const uses = packs.map((pack, number) => ({
      total: sizeOf(pack),
      used: sizeOf(pack.filter((chunk) => this.#isUsedIn(chunk, number))),
    }));
    const chosen = chooseRepacked(uses);
    const wanted = [...chosen].flatMap((number) =>
      (packs[number] ?? []).filter((chunk) => this.#isUsedIn(chunk, number)),
    );
    return new Set(wanted.map(({ digest }) => digest));
  }

  /** Like `takeNew`, for a chunk that the base has. */
  takeAgain({ digest }: Chunk): boolean {
    if (this.#new.has(digest)) return false;
    this.#new.add(digest);
    return true;
  }

  /** The packs of the tree: those of the base that have what no new pack has, then the new ones. */
  packsWith(added: readonly StoredPack[]): readonly StoredPack[] {
    const kept = (this.#base?.lists ?? []).flatMap((chunks, number): StoredPack[] => {
      const descriptor: Descriptor | undefined = this.#base?.packs[number];
      const isNeeded = chunks.some(
        (chunk) => this.#isUsedIn(chunk, number) && !this.#new.has(chunk.digest),
      );
      return descriptor === undefined || !isNeeded ? [] : [{ descriptor, chunks }];
    });
    return [...kept, ...added];
  }

  #isUsedIn({ digest }: Chunk, number: number): boolean {
    return this.#used.has(digest) && this.#stored.get(digest) === number;
  }
}

function sizeOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
