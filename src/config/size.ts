import { UsageError } from "../errors.ts";

const units: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/**
 * `500MB`, `20GB` or `1.5TB` in bytes, in SI units as registries show sizes. Throws a usage error
 * that says how to write a size.
 */
export function parseSize(text: string): number {
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?)([MGT]B)$/.exec(text) ?? [];
  const factor = units[unit ?? ""];
  if (number === undefined || factor === undefined || Number(number) === 0) {
    throw new UsageError("Use a number with MB, GB or TB, such as 20GB.");
  }
  return Math.round(Number(number) * factor);
}
