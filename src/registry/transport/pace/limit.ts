interface Waiting {
  readonly weight: number;
  readonly admit: () => void;
}

/**
 * Runs tasks whose weights, 1 where none is given, come to `most` at most, and one alone whatever
 * it weighs; the others wait in the order that they came.
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
      // Who is let in has its place at once, before anybody else can ask.
      for (let next = waiting[0]; next !== undefined && hasRoom(next.weight); next = waiting[0]) {
        waiting.shift();
        running += next.weight;
        next.admit();
      }
    }
  };
}
