import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { fetchKept, findKept, type KeptMount, markOf } from "./kept/kept-mounts.ts";
import { fillCommand, lookCommand, markPrefix } from "./helper/mount-commands.ts";
import type { Brought } from "./mount-groups.ts";
import {
  clock,
  help,
  keptIn,
  type MountWork,
  temporaryFolder,
  throwIfAborted,
  type UsedMount,
} from "./mount-work.ts";

type Result = Omit<Brought, "seconds">;

/**
 * Fills mounts from their caches, unless the builder has all that a cache has. Gives the result of
 * each by its number; what fails is a warning in it.
 */
export async function fillMounts(
  mounts: readonly UsedMount[],
  work: MountWork,
): Promise<ReadonlyMap<number, Brought>> {
  const seconds = clock(work, mounts.length);
  const results = new Map<number, Result>();
  const failed = (some: readonly UsedMount[], error: unknown): void => {
    throwIfAborted(work, error);
    for (const { number, mount, group } of some) {
      // The mount does not have what is saved, so a save must add to it.
      group.base = undefined;
      const warning = `the cache mount ${mount.id} was not filled: ${messageOf(error)}`;
      results.set(number, { before: "failed", warning });
    }
  };
  const each = async (some: readonly UsedMount[], act: (one: UsedMount) => Promise<void>) => {
    for (const one of some) await act(one).catch((error: unknown) => failed([one], error));
  };
  using folder = temporaryFolder();
  const kept = new Map<number, KeptMount>();
  const find = each(mounts, async ({ number, mount, group }) => {
    group.base = await findKept(work.storage, mount);
    if (group.base !== undefined) kept.set(number, group.base);
  });
  try {
    const [names] = await Promise.all([look(mounts, folder.path, work), find]);
    const content = join(folder.path, "content");
    await mkdir(content);
    const fetched: UsedMount[] = [];
    const found = mounts.filter(({ number }) => !results.has(number));
    await each(found, async (one) => {
      const { number, mount } = one;
      const cache = kept.get(number);
      const before = compare(names.get(number) ?? [], cache);
      results.set(number, { before });
      if (before !== "filled" || cache === undefined) return;
      const target = join(content, String(number));
      const filled = await fetchKept(mount, cache, target, keptIn(work, folder.path));
      results.set(number, { before, filled });
      fetched.push(one);
    });
    if (fetched.length > 0) {
      const helper = { mounts: fetched, commandOf: fillCommand, content };
      await help(work, "filling the cache mounts", helper).catch((error: unknown) =>
        failed(fetched, error),
      );
    }
  } catch (error) {
    failed(mounts, error);
  }
  const share = seconds();
  return new Map([...results].map(([number, one]) => [number, { ...one, seconds: share }]));
}

/** The names in each mount. */
async function look(
  mounts: readonly UsedMount[],
  folder: string,
  work: MountWork,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const results = join(folder, "found");
  await help(work, "looking into the cache mounts", { mounts, commandOf: lookCommand, results });
  return new Map(
    mounts.map(({ number }) => {
      const text = readFileSync(join(results, String(number), "names"), "utf8");
      return [number, text.split("\n").filter((name) => name !== "")];
    }),
  );
}

/** What a mount with these names is before the build: `filled` if that is to be done. */
function compare(names: readonly string[], cache: KeptMount | undefined): Brought["before"] {
  const isEmpty = names.every((name) => name.startsWith(markPrefix));
  if (cache === undefined) return isEmpty ? "empty" : "unsaved";
  const mark = markOf(cache);
  return !isEmpty && mark !== undefined && names.includes(mark) ? "same" : "filled";
}
