/** First byte and number of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The one range of a `Range` header (RFC 9110, 14.1.2) in content of `size` bytes. Undefined
 * where the whole is to be sent: no header, another unit, several ranges, or not understood, as
 * the RFC allows. `"unsatisfiable"` is answered with 416: a start behind the end of the content,
 * or behind the range's own end.
 */
export function parseRange(
  value: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(value?.trim() ?? "");
  const [, from, to] = match ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, length };
  }
  const start = Number(from);
  const end = to === "" ? size - 1 : Number(to);
  if (start >= size || end < start) return "unsatisfiable";
  return { start, length: Math.min(end, size - 1) - start + 1 };
}

/**
 * `0-99` of an upload's chunk: OCI distribution spec 1.1, "Pushing a blob in chunks", whose
 * `Content-Range` is not that of HTTP: it has neither unit nor total. With a unit is understood
 * too. Undefined where it is malformed.
 */
export function parseContentRange(value: string): ByteRange | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(value.trim());
  const [, from, to] = match ?? [];
  if (from === undefined || to === undefined) return undefined;
  const length = Number(to) - Number(from) + 1;
  return length < 1 ? undefined : { start: Number(from), length };
}
