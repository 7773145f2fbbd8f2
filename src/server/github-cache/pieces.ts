import { createReadStream } from "node:fs";
import type { Piece } from "./entry.ts";

/**
 * The bytes of pieces, one after the other. Each is discarded when it was read, so that little is on
 * the disk twice.
 */
export async function* readPieces(
  pieces: readonly Piece[],
  discard: (piece: Piece) => unknown,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    for await (const chunk of createReadStream(piece.file)) yield chunk as Uint8Array;
    await discard(piece);
  }
}
