import { count } from "../../count.ts";
import { UsageError } from "../../errors.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const fields: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: wordsOf("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC") },
  { name: "day of the week", least: 0, most: 6, words: wordsOf("SUNMONTUEWEDTHUFRISAT") },
];
const hint = 'use five fields, such as "17 3 * * 1" for Mondays at 03:17 UTC';

/**
 * A POSIX cron expression with single spaces between its fields. Throws a usage error that names
 * the wrong field.
 */
export function parseCron(text: string): string {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    throw new UsageError(
      `"${text}" is not a valid cron expression: it has ${count(parts.length, "field")}`,
      {
        hint,
      },
    );
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? "";
    if (part.split(",").every((item) => fits(item, field))) continue;
    throw new UsageError(
      `"${text}" is not a valid cron expression: "${part}" is not a valid ${field.name}`,
      {
        hint,
      },
    );
  }
  return parts.join(" ");
}

function fits(item: string, field: Field): boolean {
  const [, range = "", , step] = /^([^/]+)(\/(\d{1,2}))?$/.exec(item) ?? [];
  if (step !== undefined && Number(step) === 0) return false;
  if (range === "*") return true;
  const [first = "", last = first, ...rest] = range.split("-");
  const [from, to] = [valueOf(first, field), valueOf(last, field)];
  return rest.length === 0 && from !== undefined && to !== undefined && from <= to;
}

function valueOf(text: string, { least, most, words = [] }: Field): number | undefined {
  const word = words.indexOf(text.toUpperCase());
  if (word >= 0) return word + least;
  const value = Number(text);
  return /^\d{1,2}$/.test(text) && value >= least && value <= most ? value : undefined;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/.{3}/g) ?? [];
}
