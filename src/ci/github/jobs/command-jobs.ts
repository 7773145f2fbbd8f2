import type { JobConfig, JobEntry } from "../../../config/jobs/job-config.ts";
import type { Blueprint } from "../blueprints/blueprint.ts";
import { declaredStep, registryStep } from "../caches/dir-steps.ts";
import { type DirectoryCache, restoreStep, saveStep } from "../caches/directory-cache.ts";
import { placesStep, stepsOf } from "../caches/job-caches.ts";
import type { Job, Mapping, Step } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";

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
  const { trusted, store, dirs } = blueprint.commands;
  const [first] = entries;
  const env = envOf(first);
  const names = first?.dirs ?? [];
  const caches = (first?.caches ?? []).map((cache) => stepsOf(name, cache));
  const places = merged(caches.map((cache) => cache.places));
  const cacheEnv = merged(caches.map((cache) => cache.env));
  const matrix = commandMatrix(name);
  const inGithub = store === "github" ? caches : [];
  const asksRepository = names.length > 0 || inGithub.length < caches.length;
  const saves =
    trusted === undefined ? [] : inGithub.map(({ directory }) => saveStep(directory, trusted));
  const cacheMode = trusted === undefined ? "read" : "write";
  const restore = (cache: DirectoryCache): Step =>
    store === "github" ? restoreStep(cache) : registryStep(cache, blueprint);
  return {
    name: `${name} ${expression("matrix.name")}`,
    needs: ["plan"],
    if: expression(`!cancelled() && needs.plan.result == 'success' && ${matrix}.include[0]`),
    strategy: { "fail-fast": false, matrix: expression(matrix) },
    "runs-on": expression("matrix.runner"),
    permissions: asksRepository ? dirs.permissions : { contents: "read" },
    "cache-mode": inGithub.length === 0 ? undefined : cacheMode,
    env: Object.keys(cacheEnv).length === 0 ? undefined : cacheEnv,
    steps: [
      {
        name: "Check out",
        uses: pinnedActions.checkout.uses,
        with: asksRepository ? dirs.checkout : { "persist-credentials": false },
      },
      ...(names.length === 0 ? [] : [declaredStep(names, env, blueprint)]),
      ...(caches.length === 0 ? [] : [placesStep(places)]),
      ...caches.flatMap(({ before, directory }) => [...before, restore(directory)]),
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
