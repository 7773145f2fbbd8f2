import type { Place } from "./read-segments.ts";
import {
  type AnyChange,
  type Change,
  encodeChange,
  isOfChain,
  type ManifestFacts,
} from "./records.ts";

/** A change to be written to the journal. */
export interface Entry {
  readonly change: AnyChange;
  /** The bytes of a content. */
  readonly bytes?: Uint8Array | undefined;
  /** The facts of a manifest. */
  readonly facts?: ManifestFacts | undefined;
}

/** Applies a durable change. */
export type Apply = (change: Change, place: Place, facts?: ManifestFacts) => void;

/** Entries that are written together, encoded. */
export interface Unit {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** To be called when it is durable. */
  readonly applied: (place: { readonly segment: number; readonly start: number }) => void;
}

/** A unit that a caller waits for. */
export interface WaitingUnit extends Unit {
  /** Whether it frees more space than it takes. */
  readonly frees: boolean;
  readonly resolve: () => void;
  readonly failed: (error: unknown) => void;
}

/** Encodes entries, with what to apply for them. */
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
