/** The CRC-32 table for zlib's polynomial, by byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** Which byte has that entry: the upper bytes of all entries differ. */
const byUpperByte = new Uint8Array(256);
for (const [byte, value] of table.entries()) byUpperByte[value >>> 24] = byte;

/**
 * Finds the single flipped bit of a message, as a byte offset and a mask, from the difference
 * between its actual and its expected CRC-32. Undefined if no single bit explains it. Takes a few
 * milliseconds per megabyte.
 *
 * A CRC is linear: the effect of a flipped bit does not depend on the other bits. So the steps are
 * undone from the last byte until a single bit is left.
 */
export function findFlippedBit(
  difference: number,
  length: number,
): { readonly offset: number; readonly mask: number } | undefined {
  let state = difference >>> 0;
  for (let offset = length - 1; offset >= 0 && state !== 0; offset--) {
    const byte = byUpperByte[state >>> 24] ?? 0;
    state = (((state ^ (table[byte] ?? 0)) << 8) | byte) >>> 0;
    if (state < 256 && (state & (state - 1)) === 0) return { offset, mask: state };
  }
  return undefined;
}

/** The start value of a CRC-32, from the message and its final checksum. */
export function findCrcStart(message: Uint8Array, sum: number): number {
  let state = ~sum >>> 0;
  for (let offset = message.length - 1; offset >= 0; offset--) {
    const byte = byUpperByte[state >>> 24] ?? 0;
    const before = byte ^ (message[offset] ?? 0);
    state = (((state ^ (table[byte] ?? 0)) << 8) | before) >>> 0;
  }
  return ~state >>> 0;
}
