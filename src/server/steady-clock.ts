/**
 * A clock that nobody sets: it starts at the time of day and follows the system's monotonic clock.
 * Durations stay right even if the time of day jumps.
 */
export function startSteadyClock(): () => number {
  const offset = Date.now() - performance.now();
  return () => offset + performance.now();
}
