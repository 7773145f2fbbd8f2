/** Buffers of one size that are used again and again, at most `most` of them. */
export class Buffers {
  readonly #bytes: number;
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: ((buffer: ArrayBuffer) => void)[] = [];
  #left: number;

  constructor(bytes: number, most: number) {
    this.#bytes = bytes;
    this.#left = most;
  }

  /** Waits if all are in use. */
  take(): Promise<ArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (this.#left > 0) {
      this.#left -= 1;
      return Promise.resolve(new ArrayBuffer(this.#bytes));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(buffer: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}
