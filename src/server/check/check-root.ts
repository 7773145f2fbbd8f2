import { LayerkeepError, messageOf, RegistryError } from "../../errors.ts";
import { lockRoot, requireUnlocked, type RootLock } from "../root/lock.ts";
import { requireRegistry } from "../root/require-registry.ts";
import { Folders } from "../root/folders.ts";
import { layoutOf } from "../root/layout.ts";
import { checkContents, type ContentProblem } from "./check-contents.ts";
import { checkJournal, type JournalProblem } from "./check-journal.ts";
import type { Refetch } from "./refetch.ts";
import { type Outcome, repairContents, repairJournal } from "./repair.ts";

export interface CheckRootOptions {
  /** The folder of a registry that no server has open. */
  readonly root: string;
  /** If false, nothing at all is written. */
  readonly repair: boolean;
  /** Fetches lost content during a repair. */
  readonly refetch?: Refetch | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning: (message: string) => void;
}

export interface RootCheck {
  /** Problems with the journal's files. A repair fixes all of them. */
  readonly journal: readonly JournalProblem[];
  /** Content that cannot be served, and what a repair did about it. */
  readonly contents: readonly (ContentProblem & { readonly outcome: Outcome | undefined })[];
  readonly repositories: number;
  /** How many blobs and manifests were read, each counted once, and their total bytes. */
  readonly checked: { readonly contents: number; readonly bytes: number };
}

/**
 * Reads everything in a registry's folder and reports what is damaged or missing. Throws a usage
 * error if the folder does not exist, does not belong to a registry or is in use, and a registry
 * error if the disk fails.
 */
export async function checkRoot(options: CheckRootOptions): Promise<RootCheck> {
  const { root, repair } = options;
  await requireRegistry(root);
  try {
    const lock = await takeRoot(options);
    try {
      return await check(options, lock);
    } finally {
      await lock?.release();
    }
  } catch (cause) {
    if (cause instanceof LayerkeepError || options.signal?.aborted === true) throw cause;
    throw new RegistryError({
      method: "check",
      url: root,
      reason: messageOf(cause),
      cause,
      hint: repair ? "run the same command again to continue" : "nothing was changed",
    });
  }
}

async function check(options: CheckRootOptions, lock: RootLock | undefined): Promise<RootCheck> {
  const { root, now, signal, refetch, onWarning } = options;
  const layout = layoutOf(root);
  const journal = await checkJournal(layout.journal, now);
  const { index, segments, problems } = journal;
  const hasLostRecords = problems.some(({ isHarmless }) => !isHarmless);
  const how = { layout, segments, hasLostRecords, signal };
  const { problems: lost, ...checked } = await checkContents(index, how);
  let outcomes: ReadonlyMap<ContentProblem, Outcome> = new Map();
  if (lock !== undefined) {
    const folders = new Folders(layout.uploads);
    const { isHeld: isOwner, tookOver: replacesLast } = lock;
    const means = { layout, folders, now, isOwner, replacesLast, refetch, onWarning };
    if (problems.length > 0) await repairJournal(journal, means);
    if (lost.length > 0) outcomes = await repairContents(lost, means);
  }
  return {
    journal: problems,
    contents: lost.map((problem) => ({ ...problem, outcome: outcomes.get(problem) })),
    repositories: index.repositories.size,
    checked,
  };
}

/** Undefined without a repair: then it is enough that nobody writes. */
async function takeRoot({
  root,
  repair,
  onWarning,
}: CheckRootOptions): Promise<RootLock | undefined> {
  const ifHeld = "stop that registry first";
  if (repair) return await lockRoot(root, { onWarning, ifHeld });
  await requireUnlocked(root, { onWarning, ifHeld });
  return undefined;
}
