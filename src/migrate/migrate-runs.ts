import type { Config } from "../config/config.ts";
import { messageOf, UsageError } from "../errors.ts";
import type { Workflow } from "../lint/github/workflow.ts";
import type { JobRun, Pipeline } from "../lint/model/pipeline.ts";
import { compareRuns } from "./check/compare.ts";
import { runsOfNewWorkflow } from "./config/conditions.ts";
import { settingOf } from "./config/config-setting.ts";
import type { DraftVariant, SeenImage } from "./config/variants/draft.ts";
import { groupImages } from "./config/variants/group.ts";
import { writeConfig } from "./config/write-config.ts";
import { isTrusted, type RepositoryFacts, type SampleEvent } from "./events/sample-event.ts";
import { fixedFindings } from "./fixed.ts";
import type { Migration } from "./migration.ts";
import { createNotes, type Notes } from "./notes.ts";
import { nothingFound } from "./nothing-found.ts";
import { reportLeftovers } from "./old/leftovers.ts";
import { readImages } from "./old/images/read-images.ts";
import type { Reading } from "./old/reading.ts";
import { reportPreviews } from "./report-previews.ts";

/** What every migration of a CI's files is given. */
export interface MigrateOptions {
  readonly facts: RepositoryFacts;
  /** Values that the user gave to expressions: `vars.REGISTRY`. */
  readonly values: Readonly<Record<string, string>>;
  /** The command line, for the config's head. */
  readonly command: string;
  /** Loads the text of a config. Throws a usage error if it is not valid. */
  readonly load: (text: string) => Promise<Config>;
}

/** Old files and their example runs. */
export interface OldFiles {
  readonly pipelines: readonly Pipeline[];
  readonly runs: readonly OldRun[];
  /** The files as workflows of GitHub; none for pipelines of GitLab. */
  readonly workflows: readonly Workflow[];
  /** What the generated pipeline runs for in any case. */
  readonly always: readonly SampleEvent[];
  /** Globs of the branches that publish, besides the default one. */
  readonly release: readonly string[];
}

export interface OldRun {
  readonly event: SampleEvent;
  readonly jobs: readonly JobRun[];
}

/**
 * Makes the config that does what the runs did, and compares the two. Throws a usage error if no
 * image can be carried over.
 */
export async function migrateRuns(
  { pipelines, runs, workflows, always, release }: OldFiles,
  { facts, values, command, load }: MigrateOptions,
  lost: Notes = createNotes(),
): Promise<Migration> {
  const sources = pipelines.map(({ file }) => file.path);
  const readings = runs.map((run): Reading => ({ ...run, values: normal(values), lost }));
  const seen = readings.flatMap(seenIn);
  reportLeftovers(readings);
  reportPreviews(seen, lost);
  const drafts = groupImages(seen);
  if (drafts.length === 0) throw nothingFound(sources, readings, lost);
  const events = runsOfNewWorkflow(
    readings.map(({ event }) => event),
    always,
  );
  const config = writeConfig(
    drafts,
    settingOf(drafts, { sources, workflows, readings, events, facts, release, command }, lost),
  );
  const pulls = readings.flatMap(({ event }) => (isTrusted(event) ? [] : [event])).slice(0, 1);
  const jobs = runs.flatMap((run) => run.jobs);
  return {
    ...{ config, sources },
    carried: carriedBy(drafts, events),
    fixed: fixedFindings(pipelines, jobs, lost.all()),
    lost: lost.all(),
    ...(await check(config, seen, [...events, ...pulls], load)),
  };
}

/** Expressions are compared in lower case, and a variable of GitLab may be given without its `$`. */
function normal(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(values).flatMap(([expression, value]) =>
      [expression, `$${expression}`].map((key) => [key.toLowerCase(), value] as const),
    ),
  );
}

function seenIn(reading: Reading): readonly SeenImage[] {
  return readImages(reading).map((image) => ({ event: reading.event, image }));
}

function carriedBy(
  drafts: readonly DraftVariant[],
  events: readonly SampleEvent[],
): Migration["carried"] {
  const repositories = drafts.flatMap(({ published }) => published.map((one) => one.repository));
  return {
    variants: drafts.length,
    legs: drafts.reduce((sum, { platforms }) => sum + platforms.length, 0),
    repositories: [...new Set(repositories)].sort(),
    runs: events.map(({ name }) => name),
  };
}

async function check(
  text: string,
  seen: readonly SeenImage[],
  events: readonly SampleEvent[],
  load: MigrateOptions["load"],
): Promise<Pick<Migration, "differences" | "problems">> {
  try {
    return { differences: await compareRuns(seen, events, await load(text)), problems: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { differences: [], problems: [messageOf(error)] };
  }
}
