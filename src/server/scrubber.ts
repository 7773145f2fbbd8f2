import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, systemCodeOf } from "../errors.ts";
import type { Store } from "./store/store.ts";

/** How often all stored content is read by default: 30 days. */
export const defaultScrubEveryMs = 30 * 24 * 60 * 60_000;
const lookEveryMs = 60 * 60_000;
/** The share of time that a scrub may use, which leaves the disk to requests. */
const share = 0.2;

export interface ScrubberOptions {
  readonly root: string;
  /** Milliseconds from the end of one scrub to the start of the next; 0 for never. */
  readonly everyMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
}

/** The end of the last scrub is stored in the root, so a restart does not begin again. */
export interface Scrubber {
  /** Runs a scrub if one is due. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** Reads all stored content periodically. A failure is reported as a warning and retried. */
export function startScrubber(store: Store, options: ScrubberOptions): Scrubber {
  const { root, everyMs, now, onWarning } = options;
  const path = join(root, "last-scrub");
  const ending = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    const last = await readTime(path);
    // A root that was never scrubbed is new, and its content was checked on arrival.
    if (last === undefined) await writeFile(path, String(now()), { mode: 0o600 });
    if (last === undefined || now() - last < everyMs) return;
    const { damaged } = await store.scrub({ pause: pauseAfter, signal: ending.signal });
    if (ending.signal.aborted) return;
    await writeFile(path, String(now()), { mode: 0o600 });
    if (damaged.length > 0) {
      onWarning(
        `damaged blobs and manifests (not served until you push them again): ${damaged.length}`,
      );
    }
  };
  const look = (): Promise<void> =>
    (running ??= run()
      .catch((error: unknown) =>
        onWarning(`could not check the stored content: ${messageOf(error)}`),
      )
      .finally(() => (running = undefined)));
  const pauseAfter = (spentMs: number): Promise<void> =>
    sleep(spentMs * (1 / share - 1), undefined, { ref: false, signal: ending.signal }).catch(
      () => undefined,
    );
  const timer = everyMs > 0 ? setInterval(() => void look(), lookEveryMs) : undefined;
  timer?.unref();
  return {
    look,
    stop: async () => {
      clearInterval(timer);
      ending.abort();
      await running;
    },
  };
}

async function readTime(path: string): Promise<number | undefined> {
  try {
    const time = Number(await readFile(path, "utf8"));
    return Number.isFinite(time) ? time : undefined;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
