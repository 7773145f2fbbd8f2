import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../errors.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { findCommit } from "../../git/trees/trees.ts";
import { type BuildRecord, parseBuildRecord } from "../../pipeline/records/build-record.ts";
import type { WriteLocalRecord } from "../../pipeline/records/keep-build.ts";
import type { LocalBuild } from "../../pipeline/logs/find-builds.ts";
import {
  largestStepLogs,
  type StepLogs,
  unpackStepLogs,
} from "../../pipeline/records/step-logs.ts";
import type { Io } from "../io.ts";
import { makePrivateFolder, recordsFolder } from "../folders.ts";

/** How many of the newest records are kept, and the largest record that is read. */
const mostRecords = 300;
const largestRecord = 1 << 20;
/** Bytes of the step logs beside them, compressed. */
const mostStepLogBytes = 64 << 20;

const recordEnd = ".json";
const stepLogsEnd = ".log.gz";

/** Stores builds on this machine, for runs that may not write to the registry; readable by this user alone. */
export function localRecordWriter({ env }: Pick<Io, "env">): WriteLocalRecord {
  const folder = recordsFolder(env);
  return async (record, stepLogs) => {
    await makePrivateFolder(folder);
    const name = `${record.startedAt.replaceAll(":", "")}-${randomUUID().slice(0, 8)}`;
    const write = (end: string, content: string | Buffer): Promise<void> =>
      writeFile(join(folder, `${name}${end}`), content, { mode: 0o600 });
    if (stepLogs !== undefined) await write(stepLogsEnd, stepLogs);
    await write(recordEnd, JSON.stringify(record));
    await deleteOld(folder);
  };
}

/**
 * The builds that runs without write access have left on this machine, for each leg, the newest
 * last. Builds of other repositories are stored beside them: one counts if this clone has its
 * commit.
 */
export async function readLocalBuilds(
  git: GitOptions,
  legs: readonly { readonly id: string }[],
  { env }: Pick<Io, "env">,
): Promise<(leg: { readonly id: string }) => readonly LocalBuild[]> {
  const wanted = new Set(legs.map(({ id }) => id));
  const all = (await readAll(recordsFolder(env))).filter(({ record }) => wanted.has(record.leg));
  const commits = [...new Set(all.map(({ record }) => record.commit))];
  const known = await Promise.all(
    commits.map(async (commit) => commit !== "" && (await findCommit(git, commit)) !== undefined),
  );
  const ours = new Set(commits.filter((_, index) => known[index]));
  return (leg) => all.filter(({ record }) => record.leg === leg.id && ours.has(record.commit));
}

async function readAll(folder: string): Promise<readonly LocalBuild[]> {
  const names = (await sortedNames(folder, recordEnd)).slice(-mostRecords);
  const read = await Promise.all(
    names.map(async (name): Promise<readonly LocalBuild[]> => {
      const record = await readRecord(join(folder, `${name}${recordEnd}`));
      const stepLogs = (): Promise<StepLogs | undefined> =>
        readStepLogs(join(folder, `${name}${stepLogsEnd}`));
      return record === undefined ? [] : [{ record, stepLogs }];
    }),
  );
  return read.flat();
}

/** The names of files that end so, without the end, the oldest first: they begin with their times. */
async function sortedNames(folder: string, end: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length))
    .sort();
}

/** A record that another version wrote, or that is incomplete, is ignored. */
function readRecord(file: string): Promise<BuildRecord | undefined> {
  return readIfWhole(file, largestRecord, parseBuildRecord);
}

function readStepLogs(file: string): Promise<StepLogs | undefined> {
  return readIfWhole(file, largestStepLogs, unpackStepLogs);
}

async function readIfWhole<Part>(
  file: string,
  limit: number,
  parse: (bytes: Buffer) => Part | Promise<Part>,
): Promise<Part | undefined> {
  try {
    if ((await stat(file)).size > limit) return undefined;
    return await parse(await readFile(file));
  } catch (error) {
    if (error instanceof FormatError || (error instanceof Error && "code" in error))
      return undefined;
    throw error;
  }
}

async function deleteOld(folder: string): Promise<void> {
  const records = await sortedNames(folder, recordEnd);
  const logs = (await sortedNames(folder, stepLogsEnd)).toReversed();
  const sizes = await Promise.all(
    logs.map((name) => stat(join(folder, `${name}${stepLogsEnd}`)).then(({ size }) => size)),
  ).catch(() => []);
  const old = new Set(records.slice(0, -mostRecords));
  let bytes = 0;
  const excess = logs.filter(
    (name, index) => (bytes += sizes[index] ?? 0) > mostStepLogBytes || old.has(name),
  );
  await Promise.all([
    ...[...old].map((name) => rm(join(folder, `${name}${recordEnd}`), { force: true })),
    ...excess.map((name) => rm(join(folder, `${name}${stepLogsEnd}`), { force: true })),
  ]);
}
