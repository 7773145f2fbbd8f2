import type { JobConfig } from "../../../config/jobs/job-config.ts";
import type { Blueprint } from "../blueprints/blueprint.ts";
import { restoreStep, saveStep } from "../caches/directory-cache.ts";
import { placesStep, stepsOf } from "../caches/job-caches.ts";
import type { Job, Mapping, Step } from "../document.ts";
import { expression, quoted } from "../expressions.ts";
import { pinnedActions } from "../pinned-actions.ts";

/** The jobs of the config's `jobs`, by name. */
export function commandJobs({ commands }: Blueprint): Record<string, Job> {
  const { jobs, trusted } = commands;
  return Object.fromEntries(jobs.map((job) => [job.name, commandJob(job, trusted)]));
}

/** The matrix of a job, among the plan's outputs. */
export function commandMatrix(name: string): string {
  return `fromJSON(needs.plan.outputs.jobs || '{}')[${quoted(name)}]`;
}

/** `trusted`: in which runs caches are saved; undefined: in none. */
function commandJob({ name, entries }: JobConfig, trusted: string | undefined): Job {
  const [first] = entries;
  const caches = (first?.caches ?? []).map((cache) => stepsOf(name, cache));
  const places = merged(caches.map((cache) => cache.places));
  const env = merged(caches.map((cache) => cache.env));
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
    permissions: { contents: "read" },
    "cache-mode": caches.length === 0 ? undefined : cacheMode,
    env: Object.keys(env).length === 0 ? undefined : env,
    steps: [
      {
        name: "Check out",
        uses: pinnedActions.checkout.uses,
        with: { "persist-credentials": false },
      },
      ...(caches.length === 0 ? [] : [placesStep(places)]),
      ...caches.flatMap(({ before, directory }) => [...before, restoreStep(directory)]),
      // ccache may be one of the formulas that Homebrew installs.
      ...caches.flatMap(({ directory, after }) => (directory.id === "homebrew" ? after : [])),
      ...caches.flatMap(({ directory, after }) => (directory.id === "homebrew" ? [] : after)),
      runStep(Object.keys(first?.env ?? {})),
      ...caches.flatMap(({ end }) => end),
      ...(first?.artifacts === undefined ? [] : [artifactStep(name)]),
      ...saves,
    ],
  };
}

function merged(maps: readonly Mapping[]): Mapping {
  return Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
}

/** The commands come through the environment: nothing in them is an expression of GitHub. */
function runStep(names: readonly string[]): Step {
  const own = names.map((name) => [name, expression(`matrix.env.${name}`)] as const);
  return {
    name: "Run",
    shell: "bash",
    run: '"$BASH" --noprofile --norc -eo pipefail -c "$LAYERKEEP_COMMAND"\n',
    env: { ...Object.fromEntries(own), LAYERKEEP_COMMAND: expression("matrix.run") },
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
