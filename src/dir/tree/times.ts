/**
 * A time of the file system in microseconds since 1970. A number cannot hold the nanoseconds of
 * today, and `node:fs` takes a number below zero for the current time, so times before 1970 are 0.
 */
export function microsecondsOf(mtimeMs: number): number {
  return Math.max(0, Math.round(mtimeMs * 1000));
}

/**
 * The time as `utimes` takes it. Node 20 cuts off what is less than a microsecond, and seconds in a
 * floating-point number can be just below it.
 */
export function secondsOf(microseconds: number): number {
  return (microseconds + 0.3) / 1e6;
}
