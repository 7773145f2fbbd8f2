import type { JobConfig, JobEntry } from "../../../config/jobs/job-config.ts";
import type { Blueprint } from "../blueprints/blueprint.ts";
import { restoreStep, saveStep } from "../caches/directory-cache.ts";
import { placesStep, stepsOf } from "../caches/job-caches.ts";
import type { Job, Mapping, Step } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";
import { ourAction } from "../steps.ts";

/** The jobs of the config's `jobs`, by name. */
export function commandJobs(blueprint: Blueprint): Record<string, Job> {
  const { jobs } = blueprint.commands;
  return Object.fromEntries(jobs.map((job) => [job.name, commandJob(job, blueprint)]));
}

/** The matrix of a job, among the plan's outputs. */
export function commandMatrix(name: string): string {
  return `fromJSON(needs.plan.outputs.jobs || '{}')[${quoted(name)}]`;
}

function commandJob({ name, entries }: JobConfig, blueprint: Blueprint): Job {
  const { trusted, dirs } = blueprint.commands;
  const [first] = entries;
  const env = envOf(first);
  const hasDirs = (first?.dirs ?? []).length > 0;
  const caches = (first?.caches ?? []).map((cache) => stepsOf(name, cache));
  const places = merged(caches.map((cache) => cache.places));
  const cacheEnv = merged(caches.map((cache) => cache.env));
  const matrix = commandMatrix(name);
  const saves =
    trusted === undefined ? [] : caches.map(({ directory }) => saveStep(directory, trusted));
  const cacheMode = trusted === undefined ? "read" : "write";
  return {
    name: `${name} ${expression("matrix.name")}`,
    needs: ["plan"],
    if: expression(`!cancelled() && needs.plan.result == 'success' && ${matrix}.include[0]`),
    strategy: { "fail-fast": false, matrix: expression(matrix) },
    "runs-on": expression("matrix.runner"),
    permissions: hasDirs ? dirs.permissions : { contents: "read" },
    "cache-mode": caches.length === 0 ? undefined : cacheMode,
    env: Object.keys(cacheEnv).length === 0 ? undefined : cacheEnv,
    steps: [
      {
        name: "Check out",
        uses: pinnedActions.checkout.uses,
        with: hasDirs ? dirs.checkout : { "persist-credentials": false },
      },
      ...(hasDirs ? [dirStep(first?.dirs ?? [], env, blueprint)] : []),
      ...(caches.length === 0 ? [] : [placesStep(places)]),
      ...caches.flatMap(({ before, directory }) => [...before, restoreStep(directory)]),
      // ccache may be one of the formulas that Homebrew installs.
      ...caches.flatMap(({ directory, after }) => (directory.id === "homebrew" ? after : [])),
      ...caches.flatMap(({ directory, after }) => (directory.id === "homebrew" ? [] : after)),
      runStep(env),
      ...caches.flatMap(({ end }) => end),
      ...(first?.artifacts === undefined ? [] : [artifactStep(name)]),
      ...saves,
    ],
  };
}

function merged(maps: readonly Mapping[]): Mapping {
  return Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
}

/** The entry's own variables. */
function envOf(entry: JobEntry | undefined): Mapping {
  const names = Object.keys(entry?.env ?? {});
  return Object.fromEntries(names.map((name) => [name, expression(`matrix.env.${name}`)]));
}

/** Restores directory caches now, and saves them at the end. Their keys can have the variables. */
function dirStep(names: readonly string[], env: Mapping, blueprint: Blueprint): Step {
  const { given, commands } = blueprint;
  const all = { ...env, ...commands.dirs.env };
  return {
    name: "Restore directory caches",
    uses: ourAction("dir", blueprint),
    with: { names: names.join(" "), ...given, ...commands.dirs.login },
    env: Object.keys(all).length === 0 ? undefined : all,
  };
}

/** The commands come through the environment: nothing in them is an expression of GitHub. */
function runStep(env: Mapping): Step {
  return {
    name: "Run",
    shell: "bash",
    run: '"$BASH" --noprofile --norc -eo pipefail -c "$LAYERKEEP_COMMAND"\n',
    env: { ...env, LAYERKEEP_COMMAND: expression("matrix.run") },
  };
}

/** A run that is repeated replaces its artifacts. No job's name has a dot. */
function artifactStep(job: string): Step {
  return {
    name: "Upload artifacts",
    uses: pinnedActions.upload.uses,
    with: {
      name: `${job}.${expression("matrix.name")}`,
      path: expression("matrix.artifacts"),
      "if-no-files-found": "error",
      overwrite: true,
    },
  };
}
