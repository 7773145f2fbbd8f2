import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { cacheHome } from "../cli.ts";
import { testEngine } from "../engine.ts";
import type { Project } from "../project.ts";
import { engineEnv } from "../small-build.ts";

/** What starts a pipeline. */
export interface PipelineEvent {
  /** `CI_PIPELINE_SOURCE`. */
  readonly source: "push" | "web" | "schedule" | "merge_request_event";
  /** Undefined in pipelines of tags and merge requests. */
  readonly branch?: string;
  readonly tag?: string;
  /** Variables of the project, of a schedule, or of the person who starts it. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** How a pipeline and its child ended. */
export interface PipelineResult {
  /** The jobs that failed, in the child or here: GitLab shows the pipeline as failed if there are any. */
  readonly failed: readonly string[];
  readonly output: string;
  /** The child pipeline's file; undefined if none was started. */
  readonly child: Readonly<Record<string, unknown>> | undefined;
}

/** Makes the project's origin, as GitLab would hold it. */
export function makeOrigin(project: Project): void {
  const origin = join(project.outside, "origin.git");
  project.git("clone", "-q", "--bare", ".", origin);
  project.git("remote", "add", "origin", origin);
  project.git("fetch", "-q", "origin");
  project.git("remote", "set-head", "origin", "main");
}

/**
 * Runs the project's .gitlab-ci.yml with gitlab-ci-local and its shell executor, each job in a
 * checkout of its own. gitlab-ci-local starts the child pipeline from the artifact, but knows no
 * `needs:pipeline`: the job that takes the plan from the parent finds it in its checkout.
 */
export async function runPipeline(
  project: Project,
  event: PipelineEvent,
  ...flags: string[]
): Promise<PipelineResult> {
  const { dir, outside } = project;
  const child = join(dir, "layerkeep-child.yml");
  rmSync(child, { force: true });
  rmSync(join(dir, "layerkeep-plan.json"), { force: true });
  const variables = join(outside, "variables.yml");
  writeFileSync(variables, JSON.stringify(variablesOf(project, event)));
  const args = [
    ...["--import", setUnion],
    createRequire(import.meta.url).resolve("gitlab-ci-local"),
    ...["--force-shell-executor", "--shell-isolation", "--variables-file", "../variables.yml"],
    ...["--variable", `CI_PIPELINE_SOURCE=${event.source}`],
    ...(event.branch === undefined ? ["--unset-variable", "CI_COMMIT_BRANCH"] : []),
    ...flags,
  ];
  const running = spawn(process.execPath, args, {
    cwd: dir,
    env: environmentOf(project),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  running.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  running.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(running, "close");
  return {
    failed: failedJobs(output, running.exitCode),
    output,
    child: existsSync(child)
      ? (parse(readFileSync(child, "utf8")) as Record<string, unknown>)
      : undefined,
  };
}

/** gitlab-ci-local ends with 0 if only jobs of the child have failed, whatever `strategy` says. */
function failedJobs(output: string, code: number | null): readonly string[] {
  const jobs = [...output.matchAll(/^ FAIL +(\S.*?) *$/gm)].map(([, job = ""]) => job);
  if (code !== 0 && jobs.length === 0) throw new Error(`gitlab-ci-local failed: ${output}`);
  return jobs;
}

/** A module that adds what gitlab-ci-local calls and Node 20 lacks. */
const setUnion = `data:text/javascript,${encodeURIComponent(
  "Set.prototype.union ??= function (other) { return new Set([...this, ...other.keys()]); };",
)}`;

/** What GitLab sets in the jobs of a pipeline and its child. */
function variablesOf(
  project: Project,
  { branch, tag, source, variables }: PipelineEvent,
): Record<string, string> {
  const isMergeRequest = source === "merge_request_event";
  return {
    GITLAB_CI: "true",
    CI_PIPELINE_ID: "42",
    CI_DEFAULT_BRANCH: "main",
    CI_COMMIT_SHA: project.git("rev-parse", "HEAD"),
    CI_COMMIT_REF_NAME: branch ?? tag ?? "topic",
    CI_COMMIT_REF_PROTECTED: String(!isMergeRequest),
    CI_PROJECT_URL: "https://gitlab.example/acme/app",
    ...(branch === undefined ? {} : { CI_COMMIT_BRANCH: branch }),
    ...(tag === undefined ? {} : { CI_COMMIT_TAG: tag }),
    ...(isMergeRequest ? mergeRequest : {}),
    ...variables,
  };
}

const mergeRequest = {
  CI_MERGE_REQUEST_IID: "5",
  CI_MERGE_REQUEST_PROJECT_ID: "1",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
  CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/5/head",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
} as const;

/** What a runner gives its jobs: an engine, and npx, which here runs this checkout's Layerkeep. */
function environmentOf({ dir, outside }: Project): NodeJS.ProcessEnv {
  const bin = join(outside, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, "npx"),
    `#!/bin/sh
[ "$1 $2" = "--yes layerkeep@${ourVersion()}" ] || { echo "npx $*: not this version" >&2; exit 99; }
shift 2
exec "${process.execPath}" "${resolve("dist/cli.js")}" "$@"
`,
  );
  chmodSync(join(bin, "npx"), 0o755);
  const deliver = join(outside, "deliver.sh");
  writeFileSync(
    deliver,
    `if [ "\${CI_PIPELINE_SOURCE-}/\${CI_JOB_NAME-}" = parent_pipeline/fetch-plan ]; then
  cp "${dir}/layerkeep-plan.json" "${dir}/.gitlab-ci-local/builds/fetch-plan/"
fi
`,
  );
  return {
    ...engineEnv(),
    PATH: `${bin}:${testEngine().env["PATH"] ?? ""}`,
    HOME: join(outside, "home"),
    XDG_CACHE_HOME: cacheHome({ outside }),
    BASH_ENV: deliver,
  };
}

function ourVersion(): string {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return version;
}
