const sampled = 4096;
/** Bits of information a byte, as counted in a sample; random bytes have some 7.95. */
const mostBits = 7.4;

/**
 * Whether it is worthwhile to compress the bytes, judged by how often each byte occurs in a sample
 * from their middle. What is compressed already has every byte about as often.
 */
export function isCompressible(bytes: Uint8Array): boolean {
  if (bytes.length < 256) return true;
  const length = Math.min(sampled, bytes.length);
  const start = (bytes.length - length) >> 1;
  const counts = new Uint32Array(256);
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  let bits = 0;
  for (const times of counts) {
    if (times > 0) bits -= (times / length) * Math.log2(times / length);
  }
  // A short sample cannot show more than the logarithm of its length.
  return bits < Math.min(mostBits, Math.log2(length) - 0.9);
}
