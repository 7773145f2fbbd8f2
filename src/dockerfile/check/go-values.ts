/** A boolean as Go's `strconv.ParseBool` reads it; undefined for other texts. */
export function parseGoBool(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

/** A number without a sign, as Go's `strconv.ParseUint` reads it with this base and 32 bits. */
export function parseUint32(text: string, base: 8 | 10): number | undefined {
  if (!(base === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(text)) return undefined;
  const value = Number.parseInt(text, base);
  return value <= 0xffff_ffff ? value : undefined;
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's `time.ParseDuration`: `1m30s` in nanoseconds; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  const body = match?.[2];
  if (body === undefined) return undefined;
  let sum = 0;
  for (const [, number, unit] of body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    sum += Number(number) * (units[unit ?? ""] ?? 0);
  }
  // About 290 years: Go's type holds no more.
  if (sum >= 2 ** 63) return undefined;
  return match?.[1] === "-" ? -sum : sum;
}

/** Whether docker/go-units' `RAMInBytes` reads the text as a size: `64m`, `1.5 GiB`. */
export function isMemorySize(text: string): boolean {
  const last = /^([^]*)([0-9. ])([^0-9. ]*)$/.exec(text);
  const [, before = "", separator = "", suffix = ""] = last ?? [];
  const number = separator === " " ? before : before + separator;
  if (!/^\+?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(number)) return false;
  return /^(?:b|[kmgtp](?:b|ib)?)?$/i.test(suffix);
}
