import { UsageError } from "../errors.ts";

const units: Readonly<Record<string, number>> = {
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * `500MB`, `20gb`, `1.5 TB` or `20GiB` in bytes: in SI units, as registries show sizes, or in binary
 * ones. Throws a usage error that says how to write a size.
 */
export function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?) ?([mgt]i?b)$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  if (number === undefined || factor === undefined || Number(number) === 0) {
    throw new UsageError("Use a number with MB, GB, TB, MiB, GiB or TiB, such as 20GB.");
  }
  return Math.round(Number(number) * factor);
}
