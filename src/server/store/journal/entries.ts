import type { Place } from "./read-segments.ts";
import {
  type AnyChange,
  type Change,
  encodeChange,
  isOfChain,
  type ManifestFacts,
} from "./records.ts";

/** A change on its way into the journal. */
export interface Entry {
  readonly change: AnyChange;
  /** The bytes of a content. */
  readonly bytes?: Uint8Array | undefined;
  /** What a manifest says. */
  readonly facts?: ManifestFacts | undefined;
}

/** Takes a change over that is durable. */
export type Apply = (change: Change, place: Place, facts?: ManifestFacts) => void;

/** Entries that are written together, as they are written. */
export interface Unit {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** To be called once it is durable. */
  readonly applied: (place: { readonly segment: number; readonly start: number }) => void;
}

/** One that somebody waits for. */
export interface WaitingUnit extends Unit {
  /** Whether it leads to more free space than it takes. */
  readonly frees: boolean;
  readonly resolve: () => void;
  readonly failed: (error: unknown) => void;
}

/** The bytes of entries, and what to apply of them. */
export function unitOf(entries: readonly Entry[], apply: Apply): Unit {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const offsets: number[] = [];
  for (const { change, bytes: content } of entries) {
    const head = encodeChange(change);
    pieces.push(head);
    bytes += head.length;
    offsets.push(bytes);
    if (content === undefined || content.length === 0) continue;
    pieces.push(content);
    bytes += content.length;
  }
  return {
    pieces,
    bytes,
    applied: ({ segment, start }) => {
      for (const [index, { change, facts }] of entries.entries()) {
        const offset = start + (offsets[index] ?? 0);
        if (!isOfChain(change)) apply(change, { segment, offset }, facts);
      }
    },
  };
}
