import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { saveKept } from "./kept/kept-mounts.ts";
import { copyCommand } from "./helper/mount-commands.ts";
import type { MountOutcome } from "./mount-outcome.ts";
import {
  clock,
  help,
  keptIn,
  type MountWork,
  temporaryFolder,
  throwIfAborted,
  type UsedMount,
} from "./mount-work.ts";

type Saved = Pick<MountOutcome, "after" | "saved" | "seconds">;

export interface SavedMounts {
  /** By the numbers of the mounts. */
  readonly results: ReadonlyMap<number, Saved>;
  readonly warnings: readonly string[];
}

/** Copies mounts out of the builder, and saves them as their caches, after saves that began before. */
export async function saveMounts(
  mounts: readonly UsedMount[],
  work: MountWork,
): Promise<SavedMounts> {
  if (mounts.length === 0) return { results: new Map(), warnings: [] };
  const earlier = mounts.map(({ group }) => group.saving);
  const saving = Promise.all(earlier).then(() => saveNow(mounts, work));
  const ended = saving.then(
    () => undefined,
    () => undefined,
  );
  for (const { group } of mounts) group.saving = ended;
  return await saving;
}

async function saveNow(mounts: readonly UsedMount[], work: MountWork): Promise<SavedMounts> {
  const seconds = clock(work, mounts.length);
  const results = new Map<number, Omit<Saved, "seconds">>();
  const warnings: string[] = [];
  const failed = ({ number, mount }: UsedMount, error: unknown): void => {
    throwIfAborted(work, error);
    warnings.push(`the cache mount ${mount.id} was not saved: ${messageOf(error)}`);
    results.set(number, { after: "failed" });
  };
  using folder = temporaryFolder();
  try {
    const copied = join(folder.path, "copied");
    await help(work, "copying the cache mounts", {
      mounts,
      commandOf: copyCommand,
      results: copied,
    });
    for (const one of mounts) {
      const own = join(copied, String(one.number));
      await saveOne(one, own, folder.path, work).then(
        (outcome) => results.set(one.number, outcome),
        (error: unknown) => failed(one, error),
      );
    }
  } catch (error) {
    for (const one of mounts) failed(one, error);
  }
  const share = seconds();
  const timed = [...results].map(([number, one]) => [number, { ...one, seconds: share }] as const);
  return { results: new Map(timed), warnings };
}

async function saveOne(
  { mount, group }: UsedMount,
  copied: string,
  folder: string,
  work: MountWork,
): Promise<Omit<Saved, "seconds">> {
  const { to } = mount;
  if (to === null) return { after: "read-only" };
  const saved = await saveKept({ ...mount, to }, copied, group, keptIn(work, folder));
  if (saved === undefined) return { after: "empty" };
  Object.assign(group, { base: saved.now, replaces: false });
  const { bytes, sent } = saved;
  return { after: "saved", saved: { bytes, sent } };
}
