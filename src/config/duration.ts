import { UsageError } from "../errors.ts";

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
