/** First byte and number of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The single range of a `Range` header (RFC 9110, 14.1.2) in content of `size` bytes. Undefined if
 * the whole content is to be sent: no header, another unit, several ranges, or an invalid value, as
 * the RFC allows. `"unsatisfiable"` means a 416: the range starts after the end of the content, or
 * after its own end.
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
 * `0-99` for an upload's chunk: OCI distribution spec 1.1, "Pushing a blob in chunks". Unlike
 * HTTP's, this `Content-Range` has neither unit nor total; one with a unit is accepted too.
 * Undefined if it is malformed.
 */
export function parseContentRange(value: string): ByteRange | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(value.trim());
  const [, from, to] = match ?? [];
  if (from === undefined || to === undefined) return undefined;
  const length = Number(to) - Number(from) + 1;
  return length < 1 ? undefined : { start: Number(from), length };
}
