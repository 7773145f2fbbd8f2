/** A rate is that of the last seconds. Milliseconds. */
const windowMs = 5_000;

/** Follows a counter from now on. Returns how much it grows in a second; ask for it often. */
export function followRate(counter: () => number, now: () => number): () => number {
  const samples = [{ at: now(), count: counter() }];
  return () => {
    const last = { at: now(), count: counter() };
    samples.push(last);
    // The first is the last of those before the window.
    samples.splice(
      0,
      samples.findLastIndex(({ at }) => last.at - at >= windowMs),
    );
    const [first = last] = samples;
    const seconds = Math.max(1, last.at - first.at) / 1000;
    return (last.count - first.count) / seconds;
  };
}
