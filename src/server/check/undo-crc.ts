/** CRC-32 of each byte alone, by the polynomial of zlib. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** Which byte has that entry: the upper bytes of all entries differ. */
const byUpperByte = new Uint8Array(256);
for (const [byte, value] of table.entries()) byUpperByte[value >>> 24] = byte;

/**
 * The one bit of a message that changed, as a byte's offset and a mask, by the difference between
 * the CRC-32 that the message has and the one that it should have. Undefined if no single bit
 * explains that. Takes some milliseconds for each megabyte.
 *
 * A CRC is linear: a bit's difference goes through the same steps whatever the other bits are. So
 * the steps are undone, from the last byte on, until a single bit is left.
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

/** The value that a CRC-32 began with, by the message and the checksum at its end. */
export function findCrcStart(message: Uint8Array, sum: number): number {
  let state = ~sum >>> 0;
  for (let offset = message.length - 1; offset >= 0; offset--) {
    const byte = byUpperByte[state >>> 24] ?? 0;
    const before = byte ^ (message[offset] ?? 0);
    state = (((state ^ (table[byte] ?? 0)) << 8) | before) >>> 0;
  }
  return ~state >>> 0;
}
