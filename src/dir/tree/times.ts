/**
 * A time of the file system in microseconds since 1970. A number cannot hold the nanoseconds of
 * today, and `node:fs` takes a number below zero for the current time, so times before 1970 are 0.
 * Whole milliseconds are split off first: multiplied at once, they would be rounded a second time.
 */
export function microsecondsOf(mtimeMs: number): number {
  const whole = Math.floor(mtimeMs);
  return Math.max(0, whole * 1000 + Math.round((mtimeMs - whole) * 1000));
}

/**
 * The time as `utimes` takes it. Until 2038 a number of seconds is off by up to 0.12 of a
 * microsecond, as are the milliseconds of `stat`. Node 20 cuts off what is less than a microsecond, newer ones keep it:
 * a quarter is enough for the first to cut off nothing else, and for the second to be rounded to
 * the same microsecond.
 */
export function secondsOf(microseconds: number): number {
  return (microseconds + 0.25) / 1e6;
}
