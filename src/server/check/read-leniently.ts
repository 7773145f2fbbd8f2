import { FormatError } from "../../errors.ts";
import { decodeChanges, type ReadRecord } from "../store/journal/records.ts";

/** The records up to the first unreadable one, and its offset. */
export function readLeniently(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly records: readonly ReadRecord[]; readonly stop: number } {
  const records: ReadRecord[] = [];
  let stop = start;
  try {
    for (const record of decodeChanges(bytes, start, end)) {
      records.push(record);
      stop = record.offset + (record.content?.length ?? 0);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return { records, stop };
}
