/** A clock that only sleeping moves. */
export class VirtualClock {
  /** Milliseconds of each sleep. */
  readonly waits: number[] = [];
  #now: number;

  constructor(start = "2026-11-21T00:00:00Z") {
    this.#now = Date.parse(start);
  }

  readonly clock = (): number => this.#now;

  readonly sleep = (milliseconds: number): Promise<void> => {
    this.waits.push(milliseconds);
    this.#now += milliseconds;
    return Promise.resolve();
  };
}
