import { messageOf, UsageError } from "../errors.ts";
import type { CollectionOptions } from "./collection/collector.ts";
import { type LockOptions, lockRoot, requireUnlocked } from "./root/lock.ts";
import { isNoSpace } from "./http/refusal.ts";
import type { MirrorOptions } from "./mirror/mirror.ts";
import { openReserve } from "./root/reserve.ts";
import { inspectRoot, makeRoot } from "./root/inspect-root.ts";
import { openStore, type Store, type StoreOptions } from "./store/store.ts";

interface RootOptions {
  readonly root: string;
  readonly readOnly?: boolean | undefined;
  readonly collect?: CollectionOptions | undefined;
  readonly mirror?: MirrorOptions | undefined;
}

/** How the root is stored; only tests need other values than the defaults. */
export type RootTuning = Pick<StoreOptions, "segmentBytes" | "leastDeadBytes"> &
  Pick<LockOptions, "beatMs" | "staleMs">;

interface OpenRootContext {
  readonly now: () => number;
  readonly steady: () => number;
  readonly onWarning: (message: string) => void;
  readonly tuning: RootTuning;
}

interface OpenedRoot {
  readonly store: Store;
  /** Whether writes are refused. */
  readonly readOnly: boolean;
  /** Whether the root was neither deleted nor taken over. */
  readonly isHeld: () => boolean;
  readonly unlock: () => Promise<void>;
}

/**
 * Opens a registry's folder for this process alone, or for reads only if the options ask for that
 * or a full disk allows no more. Throws a usage error if the folder cannot be used.
 */
export async function openRoot(
  options: RootOptions,
  { now, steady, onWarning, tuning }: OpenRootContext,
): Promise<OpenedRoot> {
  const { root } = options;
  // A mirror and a collection both write, so they need the root for themselves.
  const isQuiet = (options.collect?.policy ?? "none") === "none" && options.mirror === undefined;
  try {
    // Checked before anything is written to a folder that may not be ours.
    const state = await inspectRoot(root);
    if (options.readOnly === true && isQuiet) {
      if (state === "missing") throw new UsageError(`folder not found: ${root}`);
      await requireUnlocked(root, { onWarning });
      const store = await openStore(root, now, { readOnly: true, steady, onWarning });
      return { store, readOnly: true, isHeld: () => true, unlock: () => Promise.resolve() };
    }
    await makeRoot(root);
    const reserve = await openReserve(root, onWarning);
    const onFull = (): boolean => reserve.release();
    const lock = await lockRoot(root, { ...tuning, onWarning, onFull });
    const readOnly = options.readOnly ?? false;
    const { isHeld, release: unlock } = lock;
    try {
      const replacesLast = lock.tookOver;
      const common = { steady, onWarning };
      try {
        const open = { ...tuning, ...common, isOwner: isHeld, replacesLast, reserve };
        return { store: await openStore(root, now, open), readOnly, isHeld, unlock };
      } catch (error) {
        if (!isNoSpace(error) || state !== "marked" || options.mirror !== undefined) throw error;
        onWarning(
          `${noSpaceFor(root)}. The registry is read-only until you free some space and restart the registry`,
        );
        const store = await openStore(root, now, { ...common, readOnly: true });
        return { store, readOnly: true, isHeld, unlock };
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (isNoSpace(cause)) {
      throw new UsageError(noSpaceFor(root), {
        cause,
        hint: "free some space on the disk, or choose a folder on another disk",
      });
    }
    throw new UsageError(`the registry cannot store its data in ${root}: ${messageOf(cause)}`, {
      cause,
      hint: "choose a writable folder on a disk with free space",
    });
  }
}

function noSpaceFor(root: string): string {
  return `no space left on the disk that contains ${root}, and the registry's reserve is used up`;
}
