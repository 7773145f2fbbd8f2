interface Waiting {
  readonly weight: number;
  readonly admit: () => void;
}

/**
 * Runs tasks with a total weight of at most `most`, each with weight 1 by default. A task that is
 * heavier runs alone. The others wait in order.
 */
export function createLimit(
  most: number,
): <T>(task: () => Promise<T>, weight?: number) => Promise<T> {
  let running = 0;
  const waiting: Waiting[] = [];
  const hasRoom = (weight: number): boolean => running === 0 || running + weight <= most;
  return async (task, weight = 1) => {
    if (waiting.length > 0 || !hasRoom(weight)) {
      await new Promise<void>((admit) => waiting.push({ weight, admit }));
    } else {
      running += weight;
    }
    try {
      return await task();
    } finally {
      running -= weight;
      // An admitted task takes its place at once, before any other can ask.
      for (let next = waiting[0]; next !== undefined && hasRoom(next.weight); next = waiting[0]) {
        waiting.shift();
        running += next.weight;
        next.admit();
      }
    }
  };
}
