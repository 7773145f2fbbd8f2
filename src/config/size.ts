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
 * Bytes as `20 GB`, `1.5 TB` or `20 GiB`: in the largest unit in which `parseSize` reads exactly the
 * same again.
 */
export function formatSize(bytes: number): string {
  const exact = names.flatMap(([name, factor]) => {
    const number = Number((bytes / factor).toFixed(3));
    return Math.round(number * factor) === bytes ? [{ number, name }] : [];
  });
  const { number, name } = exact.find((one) => one.number >= 1) ??
    exact[0] ?? { number: bytes / 1e6, name: "MB" };
  return `${number} ${name}`;
}

const names = [
  ["TB", 1e12],
  ["TiB", 2 ** 40],
  ["GB", 1e9],
  ["GiB", 2 ** 30],
  ["MB", 1e6],
  ["MiB", 2 ** 20],
] as const;

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
