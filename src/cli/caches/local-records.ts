import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../errors.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { findCommit } from "../../git/trees.ts";
import { type BuildRecord, parseBuildRecord } from "../../pipeline/records/build-record.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import type { Io } from "../io.ts";
import { recordsFolder } from "../folders.ts";

/** How many of the newest records are read, and the largest record that is read. */
const mostRecords = 300;
const largestRecord = 1 << 20;

/**
 * The records that runs without write access have left on this machine, for each leg, the newest
 * last. Records of other repositories are stored beside them: a record counts if this clone has its
 * commit.
 */
export async function readLocalRecords(
  git: GitOptions,
  legs: readonly PlannedLeg[],
  { env }: Pick<Io, "env">,
): Promise<(leg: PlannedLeg) => Promise<readonly BuildRecord[]>> {
  const wanted = new Set(legs.map(({ id }) => id));
  const all = (await readAll(recordsFolder(env))).filter(({ leg }) => wanted.has(leg));
  const commits = [...new Set(all.map(({ commit }) => commit))];
  const known = await Promise.all(
    commits.map(async (commit) => commit !== "" && (await findCommit(git, commit)) !== undefined),
  );
  const ours = new Set(commits.filter((_, index) => known[index]));
  return (leg) =>
    Promise.resolve(all.filter((record) => record.leg === leg.id && ours.has(record.commit)));
}

async function readAll(folder: string): Promise<readonly BuildRecord[]> {
  const names = await readdir(folder).catch(() => []);
  // Their names begin with their times.
  const newest = names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .slice(-mostRecords);
  const read = await Promise.all(newest.map((name) => readOne(join(folder, name))));
  return read.flatMap((record) => record ?? []);
}

/** A record that another version wrote, or that is incomplete, is ignored. */
async function readOne(file: string): Promise<BuildRecord | undefined> {
  try {
    if ((await stat(file)).size > largestRecord) return undefined;
    return parseBuildRecord(await readFile(file));
  } catch (error) {
    if (error instanceof FormatError || (error instanceof Error && "code" in error))
      return undefined;
    throw error;
  }
}
