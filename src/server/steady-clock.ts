/**
 * A clock that nobody sets: it begins with the time of day and goes on by the system's monotonic
 * clock. Spans that are counted by it are right even if the time of day jumps, either way.
 */
export function startSteadyClock(): () => number {
  const offset = Date.now() - performance.now();
  return () => offset + performance.now();
}
