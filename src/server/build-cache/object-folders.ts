import { Refusal } from "../http/refusal.ts";

/** Folders that a client may make, beside those that objects are in. */
const mostMade = 10_000;

/** The folders that the paths of objects imply, and those that clients made. */
export class ObjectFolders {
  /** How many objects are below each. */
  readonly #used = new Map<string, number>();
  readonly #made = new Set<string>();

  has(path: string): boolean {
    return path === "" || this.#used.has(path) || this.#made.has(path);
  }

  /** Whether objects are below it. */
  isUsed(path: string): boolean {
    return this.#used.has(path);
  }

  make(path: string): void {
    if (this.#made.size >= mostMade)
      throw new Refusal(507, "UNKNOWN", "there are too many folders");
    this.#made.add(path);
  }

  /** Counts an object in, with `1`, or out, with `-1`. */
  count(path: string, change: 1 | -1): void {
    for (const folder of foldersOf(path)) {
      const number = (this.#used.get(folder) ?? 0) + change;
      if (number > 0) this.#used.set(folder, number);
      else this.#used.delete(folder);
    }
  }
}

/** `a/b/c` is in `a` and in `a/b`. */
export function foldersOf(path: string): readonly string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}
