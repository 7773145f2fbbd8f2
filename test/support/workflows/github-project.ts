import { cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheHome, layerkeep } from "../cli.ts";
import { createProject, type Project } from "../project.ts";
import { tagsOf } from "../repository-state.ts";
import { engineEnv } from "../small-build.ts";
import type { GithubEvent } from "./events/event.ts";
import type { RunRecord } from "./record.ts";
import type { RunOptions } from "./run-state.ts";
import { rerunFailedJobs, runWorkflow } from "./run-workflow.ts";

/** A repository on GitHub, `acme/app`, a fork of it, and runners with the shared engine. */
export interface GithubProject extends Project {
  readonly fork: { readonly name: string; readonly folder: string };
  /** Runs a workflow: `images` for `.github/workflows/images.yml`. Our actions are this checkout's. */
  run(workflow: string, event: GithubEvent, more?: Partial<RunOptions>): Promise<RunRecord>;
  rerun(workflow: string, earlier: RunRecord, more?: Partial<RunOptions>): Promise<RunRecord>;
  /** Writes files and commits them on a new branch, here or in the fork. */
  topic(branch: string, files: Readonly<Record<string, string>>, where?: "fork"): void;
}

/** Makes the repository; without workflows among its files, with those that are generated for it. */
export async function createGithubProject(
  files: (id: string) => Readonly<Record<string, string>>,
): Promise<GithubProject> {
  const project = createProject(files);
  if (!project.git("ls-files").includes(".github/workflows/")) await generateWorkflows(project);
  const folder = join(project.outside, "fork");
  project.git("clone", "-q", ".", folder);
  // Jobs write their logins into it.
  const docker = join(project.outside, "docker");
  const engine = engineEnv();
  cpSync(engine["DOCKER_CONFIG"] ?? "", docker, { recursive: true });
  const optionsOf = (workflow: string, more: Partial<RunOptions>): RunOptions => ({
    repository: { name: "acme/app", folder: project.dir, defaultBranch: "main" },
    repositories: { "layerkeep/layerkeep": resolve(".") },
    workflow: `.github/workflows/${workflow}.yml`,
    env: { ...engine, DOCKER_CONFIG: docker, XDG_CACHE_HOME: cacheHome(project) },
    folder: join(project.outside, "runs"),
    ...more,
  });
  return {
    ...project,
    fork: { name: "someone/app", folder },
    run: (workflow, event, more = {}) => runWorkflow(optionsOf(workflow, more), event),
    rerun: (workflow, earlier, more = {}) => rerunFailedJobs(optionsOf(workflow, more), earlier),
    topic: (branch, changed, where) => {
      const git = (...args: string[]): string =>
        where === "fork" ? project.git("-C", folder, ...args) : project.git(...args);
      git("checkout", "-q", "-b", branch);
      const prefix = where === "fork" ? "../fork/" : "";
      project.write(
        Object.fromEntries(Object.entries(changed).map(([path, text]) => [prefix + path, text])),
      );
      git("add", "--all");
      git("commit", "-q", "-m", branch);
      git("checkout", "-q", "main");
    },
  };
}

async function generateWorkflows(project: Project): Promise<void> {
  const written = await layerkeep(project, ["ci", "github", "--ref", "v0.1.0"], {
    env: engineEnv(),
  });
  if (written.code !== 0) throw new Error(written.stderr);
  project.commit("workflows");
}

/** The tags of repositories and what they name: all that a run may have changed. */
export async function stateOf(
  repositories: readonly string[],
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const tags = await Promise.all(repositories.map((repository) => tagsOf(repository)));
  return Object.fromEntries(repositories.map((name, index) => [name, tags[index] ?? {}]));
}
