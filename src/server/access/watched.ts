import { stat } from "node:fs/promises";
import { messageOf } from "../../errors.ts";

/** What is read from files, and read again where one of them changes. */
export interface Source<T> {
  /** The files that are watched. */
  readonly files: readonly string[];
  /** Throws where they cannot be used. */
  readonly load: () => Promise<T>;
}

export interface Watched<T> {
  readonly current: () => T;
  /** Reads again where a file has changed; with `force` in any case. Never rejects. */
  /** Calls back with what was loaded anew. */
  readonly onChange: (listener: (value: T) => void) => void;
  readonly refresh: (force?: boolean) => Promise<void>;
  readonly close: () => void;
}

interface WatchOptions {
  /** What was changed and cannot be used: what stood before goes on. */
  readonly onWarning: (message: string) => void;
  readonly everyMs?: number | undefined;
}

/**
 * Loads a source, and again whenever its files change. Looked at by the clock, since file events
 * miss what is mounted and what is replaced by a link. A change that cannot be used is told once,
 * and what was loaded before stays: a half-written file must not lock everyone out. Throws what
 * the first load throws.
 */
export async function watch<T>(source: Source<T>, options: WatchOptions): Promise<Watched<T>> {
  const { onWarning, everyMs = 2_000 } = options;
  // Taken before reading, so that a change during it is seen.
  let seen = await stampOf(source.files);
  let value = await source.load();
  let listener: ((value: T) => void) | undefined;
  let refreshing = Promise.resolve();
  const refresh = async (force: boolean): Promise<void> => {
    const stamp = await stampOf(source.files);
    if (stamp === seen && !force) return;
    seen = stamp;
    try {
      value = await source.load();
      listener?.(value);
    } catch (error) {
      onWarning(`${messageOf(error)}; what was read before stays in force`);
    }
  };
  const inTurn = (force = false): Promise<void> =>
    (refreshing = refreshing.then(() => refresh(force)));
  const timer = source.files.length === 0 ? undefined : setInterval(() => void inTurn(), everyMs);
  timer?.unref();
  return {
    current: () => value,
    onChange: (next) => void (listener = next),
    refresh: inTurn,
    close: () => clearInterval(timer),
  };
}

/** What changes when a file does; of one that is not there, that alone. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined
      ? "-"
      : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
  });
  return (await Promise.all(stamps)).join("\n");
}
