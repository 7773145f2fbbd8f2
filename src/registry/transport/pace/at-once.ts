/**
 * Runs a task for each item, at most `count` at once. After a failure none is started; it is
 * thrown.
 */
export async function eachAtOnce<T>(
  items: Iterable<T>,
  count: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items].values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      try {
        await task(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const done = await Promise.allSettled(Array.from({ length: count }, worker));
  for (const one of done) if (one.status === "rejected") throw one.reason;
}
