import type { RenderedKey } from "../../../dir/keys/key-template.ts";
import { saveObjects } from "../../../dir/objects/save-objects.ts";
import type { StoredObjects, StoredObjectsOptions } from "../../../dir/objects/stored-objects.ts";
import type { Saved } from "../../../dir/save/save-tree.ts";
import { exitCodeOf, messageOf } from "../../../errors.ts";
import type { Objects } from "../../../server/build-cache/objects.ts";
import { type Io, warn } from "../../io.ts";
import { showingSave } from "../save-now.ts";

interface Saving {
  readonly key: RenderedKey;
  readonly source: StoredObjectsOptions;
  readonly opened: StoredObjects | undefined;
  readonly objects: Objects;
  readonly mostBytes: number;
  /** Ends what is asked of the registry. */
  readonly stop: AbortController;
}

/**
 * Saves what was served, if it changed. A cache that could not be saved fails no build: it is said,
 * and gives an exit code.
 */
export async function saveServed(
  { key, source, opened, objects, mostBytes, stop }: Saving,
  io: Io,
): Promise<{ readonly saved?: Saved; readonly failure: number }> {
  if (objects.changes === 0 || objects.count === 0) return { failure: 0 };
  // The signal that ended the serving is done with; a first one may still end the saving.
  if (!io.signal.aborted) {
    io.signal.addEventListener("abort", () => stop.abort(io.signal.reason), { once: true });
  }
  const { storage, crew, now } = source;
  const what = { objects: objects.list(now()), opened, source, mostObjectBytes: mostBytes };
  try {
    const saved = await showingSave(io, (onProgress) =>
      saveObjects({ storage, crew, key, now, onProgress, ...what }),
    );
    return { saved, failure: 0 };
  } catch (error) {
    warn(io, `${key.key} was not saved: ${messageOf(error)}`);
    return { failure: exitCodeOf(error) };
  }
}
