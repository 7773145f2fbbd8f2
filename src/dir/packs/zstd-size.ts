const magic = 0xfd2fb528;

/**
 * The size that a zstd frame says it has uncompressed (RFC 8878, section 3.1.1.1); undefined if it
 * does not say it, or is not one frame.
 */
export function zstdContentSize(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 6 || view.getUint32(0, true) !== magic) return undefined;
  const descriptor = view.getUint8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingle ? 0 : 1) + dictionary;
  const flag = descriptor >> 6;
  const bytes = flag === 0 ? (isSingle ? 1 : 0) : 2 ** flag;
  if (bytes === 0 || frame.length < at + bytes) return undefined;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
