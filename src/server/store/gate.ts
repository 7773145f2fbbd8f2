/**
 * Many may pass at once, or one alone. Where one waits to be alone, those who come later wait
 * behind it.
 */
export class Gate {
  #tail: Promise<unknown> = Promise.resolve();
  #passing = new Set<Promise<unknown>>();

  /** Runs the work beside others that came through here. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    const tail = this.#tail;
    await tail;
    // One who wants to be alone may have come while we waited.
    if (tail !== this.#tail) return this.shared(work);
    const running = work();
    this.#passing.add(running);
    try {
      return await running;
    } finally {
      this.#passing.delete(running);
    }
  }

  /** Runs the work once all before it are through, with nobody beside it. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    const running = before.then(async () => {
      await Promise.allSettled(this.#passing);
      return work();
    });
    this.#tail = running.catch(() => undefined);
    return running;
  }
}
