import { count } from "./count.ts";
import { UsageError } from "./errors.ts";

/** Milliseconds. */
const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const pattern =
  /^(\d{1,5}) ?(?:([smhdw])|(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)ours?|(d)ays?|(w)eeks?)$/;

/**
 * `30m`, `36h`, `30 days` or `2w` in milliseconds; `0` is none. Throws a usage error that says how
 * to write a duration.
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const [, number, ...found] = pattern.exec(text) ?? [];
  const factor = units[found.find((unit: string | undefined) => unit !== undefined) ?? ""];
  if (number === undefined || factor === undefined) {
    throw new UsageError("Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.");
  }
  return Number(number) * factor;
}

/**
 * `1 day`, `36 hours`, `90 seconds`: milliseconds in the largest unit that fits exactly, which
 * `parseDuration` reads again.
 */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  const fitting =
    named.find(([unit]) => isWhole(milliseconds / unit)) ?? ([1_000, "second"] as const);
  const [length, noun] = fitting;
  return count(Math.round(milliseconds / length), noun);
}

/** Whether it is a number of units that `parseDuration` accepts. */
function isWhole(number: number): boolean {
  return Number.isInteger(number) && number <= 99_999;
}

/** Weeks last: only what is too long to say in days is said in them. */
const named: readonly (readonly [number, string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
  [604_800_000, "week"],
];
