import { UsageError } from "../../errors.ts";
import { isoWeekOf } from "../../inputs/moving/epoch.ts";

/**
 * Formats a date in a format of Moment.js, as docker/metadata-action does in tags, in English and
 * in a time zone of the IANA database. Letters without a meaning are kept, as is text in brackets.
 * Throws a usage error for an unknown zone, and for the formats that depend on a locale (`L`, `LT`,
 * …), which no tag can hold.
 */
export function formatDate(date: Date, format: string, timeZone: string): string {
  const local = readLocal(date, timeZone);
  return format.replace(tokens, (token: string) => {
    if (token.startsWith("[")) return token.slice(1, -1);
    if (token.startsWith("L")) {
      throw new UsageError(
        `date '${format}': ${token} depends on the locale, so tags cannot use it`,
        {
          hint: "spell out the format, as in YYYY-MM-DD",
        },
      );
    }
    return (Object.hasOwn(writers, token) ? writers[token]?.(local) : undefined) ?? token;
  });
}

/** The local time in the zone; `wall` carries it in its UTC fields. */
interface Local {
  readonly wall: Date;
  readonly instant: number;
  readonly offsetMinutes: number;
  readonly zone: string;
}

// Longest first: YYYYMMDD is YYYY, MM, DD.
const tokens =
  /\[[^\]]*\]|LTS|LT|L{1,4}|YYYY|YY|Y|y{1,4}|N{1,3}|Qo|Q|MMMM|MMM|MM|Mo|M|DDDD|DDDo|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|GGGG|GG|gggg|gg|WW|Wo|W|ww|wo|w|HH|H|hh|h|kk|k|mm|m|ss|s|S{1,9}|A|a|ZZ|Z|zz|z|X|x/g;

const writers: Readonly<Record<string, (local: Local) => string>> = {
  YYYY: ({ wall }) => pad(wall.getUTCFullYear(), 4),
  YY: ({ wall }) => pad(wall.getUTCFullYear() % 100, 2),
  Y: ({ wall }) => String(wall.getUTCFullYear()),
  ...repeated("y", 4, ({ wall }, width) => pad(wall.getUTCFullYear(), width)),
  ...repeated("N", 3, () => "AD"),
  Q: ({ wall }) => String(quarterOf(wall)),
  Qo: ({ wall }) => ordinal(quarterOf(wall)),
  MMMM: ({ wall }) => monthNames[wall.getUTCMonth()] ?? "",
  MMM: ({ wall }) => (monthNames[wall.getUTCMonth()] ?? "").slice(0, 3),
  MM: ({ wall }) => pad(wall.getUTCMonth() + 1, 2),
  Mo: ({ wall }) => ordinal(wall.getUTCMonth() + 1),
  M: ({ wall }) => String(wall.getUTCMonth() + 1),
  DDDD: ({ wall }) => pad(dayOfYear(wall), 3),
  DDDo: ({ wall }) => ordinal(dayOfYear(wall)),
  DDD: ({ wall }) => String(dayOfYear(wall)),
  DD: ({ wall }) => pad(wall.getUTCDate(), 2),
  Do: ({ wall }) => ordinal(wall.getUTCDate()),
  D: ({ wall }) => String(wall.getUTCDate()),
  dddd: ({ wall }) => dayNames[wall.getUTCDay()] ?? "",
  ddd: ({ wall }) => (dayNames[wall.getUTCDay()] ?? "").slice(0, 3),
  dd: ({ wall }) => (dayNames[wall.getUTCDay()] ?? "").slice(0, 2),
  do: ({ wall }) => ordinal(wall.getUTCDay()),
  d: ({ wall }) => String(wall.getUTCDay()),
  e: ({ wall }) => String(wall.getUTCDay()),
  E: ({ wall }) => String(wall.getUTCDay() === 0 ? 7 : wall.getUTCDay()),
  GGGG: ({ wall }) => pad(isoWeekOf(wall).year, 4),
  GG: ({ wall }) => pad(isoWeekOf(wall).year % 100, 2),
  WW: ({ wall }) => pad(isoWeekOf(wall).week, 2),
  Wo: ({ wall }) => ordinal(isoWeekOf(wall).week),
  W: ({ wall }) => String(isoWeekOf(wall).week),
  gggg: ({ wall }) => pad(sundayWeekOf(wall).year, 4),
  gg: ({ wall }) => pad(sundayWeekOf(wall).year % 100, 2),
  ww: ({ wall }) => pad(sundayWeekOf(wall).week, 2),
  wo: ({ wall }) => ordinal(sundayWeekOf(wall).week),
  w: ({ wall }) => String(sundayWeekOf(wall).week),
  HH: ({ wall }) => pad(wall.getUTCHours(), 2),
  H: ({ wall }) => String(wall.getUTCHours()),
  hh: ({ wall }) => pad(hour12(wall), 2),
  h: ({ wall }) => String(hour12(wall)),
  kk: ({ wall }) => pad(hour24(wall), 2),
  k: ({ wall }) => String(hour24(wall)),
  mm: ({ wall }) => pad(wall.getUTCMinutes(), 2),
  m: ({ wall }) => String(wall.getUTCMinutes()),
  ss: ({ wall }) => pad(wall.getUTCSeconds(), 2),
  s: ({ wall }) => String(wall.getUTCSeconds()),
  A: ({ wall }) => (wall.getUTCHours() < 12 ? "AM" : "PM"),
  a: ({ wall }) => (wall.getUTCHours() < 12 ? "am" : "pm"),
  ZZ: ({ offsetMinutes }) => offset(offsetMinutes, ""),
  Z: ({ offsetMinutes }) => offset(offsetMinutes, ":"),
  zz: ({ zone }) => zone,
  z: ({ zone }) => zone,
  X: ({ instant }) => String(Math.floor(instant / 1000)),
  x: ({ instant }) => String(instant),
  ...repeated("S", 9, ({ wall }, width) =>
    pad(wall.getUTCMilliseconds(), 3).padEnd(9, "0").slice(0, width),
  ),
};

/** Writers for one to `most` repetitions of a letter. */
function repeated(
  letter: string,
  most: number,
  write: (local: Local, width: number) => string,
): Record<string, (local: Local) => string> {
  const widths = Array.from({ length: most }, (_, index) => index + 1);
  return Object.fromEntries(
    widths.map((width) => [letter.repeat(width), (local: Local) => write(local, width)]),
  );
}

const monthNames =
  "January February March April May June July August September October November December".split(
    " ",
  );
const dayNames = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const dayMs = 86_400_000;

function readLocal(date: Date, timeZone: string): Local {
  const instant = date.getTime();
  if (timeZone === "UTC") return { wall: date, instant, offsetMinutes: 0, zone: "UTC" };
  const shown = formatterOf(timeZone).formatToParts(date);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    shown.find((p) => p.type === type)?.value ?? "";
  const field = (type: Intl.DateTimeFormatPartTypes): number => Number(part(type));
  const wall = Date.UTC(
    field("year"),
    field("month") - 1,
    field("day"),
    field("hour"),
    field("minute"),
    field("second"),
    date.getUTCMilliseconds(),
  );
  const offsetMinutes = Math.round((wall - instant) / 60_000);
  return { wall: new Date(wall), instant, offsetMinutes, zone: part("timeZoneName") };
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      timeZoneName: "short",
    });
  } catch (cause) {
    throw new UsageError(`"${timeZone}" is not a time zone`, {
      hint: "use a name from the IANA time zone database, such as Europe/Berlin",
      cause,
    });
  }
}

function quarterOf(wall: Date): number {
  return Math.floor(wall.getUTCMonth() / 3) + 1;
}

function dayOfYear(wall: Date): number {
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
  return (midnight - Date.UTC(wall.getUTCFullYear(), 0, 1)) / dayMs + 1;
}

/** Moment's English week: it begins on Sunday, and the week of 1 January is the first. */
function sundayWeekOf(wall: Date): { readonly year: number; readonly week: number } {
  const saturday = new Date(wall.getTime() + (6 - wall.getUTCDay()) * dayMs);
  const year = saturday.getUTCFullYear();
  return { year, week: Math.ceil(dayOfYear(saturday) / 7) };
}

function hour12(wall: Date): number {
  return wall.getUTCHours() % 12 || 12;
}

function hour24(wall: Date): number {
  return wall.getUTCHours() || 24;
}

function offset(minutes: number, separator: string): string {
  const size = Math.abs(minutes);
  const sign = minutes < 0 ? "-" : "+";
  return `${sign}${pad(Math.floor(size / 60), 2)}${separator}${pad(size % 60, 2)}`;
}

function ordinal(value: number): string {
  const teen = Math.floor((value % 100) / 10) === 1;
  const end = teen ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${String(value)}${end}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
