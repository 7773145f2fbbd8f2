import { UsageError } from "../errors.ts";

/** Milliseconds. */
const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * `30m`, `24h` or `7d` in milliseconds; `0` is none. Throws a usage error that says how to write a
 * duration.
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const [, number, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  const factor = units[unit ?? ""];
  if (number === undefined || factor === undefined) {
    throw new UsageError("Use 0, or a number with s, m, h or d, such as 30m or 24h.");
  }
  return Number(number) * factor;
}
