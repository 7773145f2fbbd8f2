/** Waiting items, and whose they are. */
interface Lane<T> {
  readonly users: Map<string, T[]>;
}

/**
 * A queue that is fair to addresses, and within each address to users: each gets its turn, however
 * many items the others have. A single waiting client waits for at most one item of each other
 * address, even during a flood.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(address: string, user: string, item: T): void {
    const lane = this.#lanes.get(address) ?? { users: new Map<string, T[]>() };
    const items = lane.users.get(user) ?? [];
    items.push(item);
    lane.users.set(user, items);
    this.#lanes.set(address, lane);
    this.#size += 1;
  }

  /** Removes the next item. Its address and its user then go to the back of the line. */
  shift(): T | undefined {
    const [first] = this.#lanes;
    if (first === undefined) return undefined;
    const [address, lane] = first;
    this.#lanes.delete(address);
    const [next] = lane.users;
    if (next === undefined) return this.shift();
    const [user, items] = next;
    lane.users.delete(user);
    const item = items.shift();
    if (items.length > 0) lane.users.set(user, items);
    if (lane.users.size > 0) this.#lanes.set(address, lane);
    this.#size -= 1;
    return item;
  }

  /** Drops all items for which `isUseless` returns true. */
  drop(isUseless: (item: T) => boolean): void {
    for (const [address, { users }] of this.#lanes) {
      for (const [user, items] of users) {
        const kept = items.filter((item) => !isUseless(item));
        this.#size -= items.length - kept.length;
        if (kept.length > 0) users.set(user, kept);
        else users.delete(user);
      }
      if (users.size === 0) this.#lanes.delete(address);
    }
  }
}
