import { type Mapping, list, mapping, text, texts } from "./values.ts";

/** A workflow file. Values keep their expressions; they are evaluated when GitHub would do it. */
export interface Workflow {
  readonly path: string;
  readonly name: string;
  readonly on: Mapping;
  readonly env: Mapping;
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly permissions: unknown;
  readonly cacheMode: string | undefined;
  readonly concurrency: unknown;
  readonly jobs: readonly Job[];
}

export interface Job {
  readonly id: string;
  readonly name: string | undefined;
  readonly needs: readonly string[];
  readonly if: string | undefined;
  readonly strategy: Mapping;
  readonly permissions: unknown;
  readonly cacheMode: string | undefined;
  readonly concurrency: unknown;
  /** Of a job that calls a reusable workflow. */
  readonly uses: string | undefined;
  readonly with: Mapping;
  readonly secrets: unknown;
  readonly runsOn: unknown;
  readonly env: Mapping;
  readonly outputs: Mapping;
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly timeoutMinutes: unknown;
  readonly continueOnError: unknown;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly if: string | undefined;
  readonly uses: string | undefined;
  readonly with: Mapping;
  readonly run: string | undefined;
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly env: Mapping;
  readonly continueOnError: unknown;
  readonly timeoutMinutes: unknown;
}

/** `on` may be one event's name, a list of names, or a mapping. */
function eventsOf(on: unknown): Mapping {
  if (typeof on === "string" || Array.isArray(on)) {
    return Object.fromEntries(texts(on).map((name) => [name, null]));
  }
  return mapping(on);
}

export function workflowOf(path: string, document: unknown): Workflow {
  const root = mapping(document);
  return {
    path,
    name: text(root["name"]) ?? path,
    on: eventsOf(root["on"]),
    env: mapping(root["env"]),
    ...defaultsOf(root),
    permissions: root["permissions"],
    cacheMode: text(root["cache-mode"]),
    concurrency: root["concurrency"],
    jobs: Object.entries(mapping(root["jobs"])).map(([id, job]) => jobOf(id, mapping(job))),
  };
}

function jobOf(id: string, job: Mapping): Job {
  return {
    id,
    name: text(job["name"]),
    needs: texts(job["needs"]),
    if: text(job["if"]),
    strategy: mapping(job["strategy"]),
    permissions: job["permissions"],
    cacheMode: text(job["cache-mode"]),
    concurrency: job["concurrency"],
    uses: text(job["uses"]),
    with: mapping(job["with"]),
    secrets: job["secrets"],
    runsOn: job["runs-on"],
    env: mapping(job["env"]),
    outputs: mapping(job["outputs"]),
    ...defaultsOf(job),
    timeoutMinutes: job["timeout-minutes"],
    continueOnError: job["continue-on-error"],
    steps: stepsOf(job["steps"]),
  };
}

function defaultsOf(of: Mapping): Pick<Job, "shell" | "workingDirectory"> {
  const run = mapping(mapping(of["defaults"])["run"]);
  return { shell: text(run["shell"]), workingDirectory: text(run["working-directory"]) };
}

/** The steps of a job or of a composite action. */
export function stepsOf(steps: unknown): readonly Step[] {
  return list(steps).map((value) => {
    const step = mapping(value);
    return {
      id: text(step["id"]),
      name: text(step["name"]),
      if: text(step["if"]),
      uses: text(step["uses"]),
      with: mapping(step["with"]),
      run: text(step["run"]),
      shell: text(step["shell"]),
      workingDirectory: text(step["working-directory"]),
      env: mapping(step["env"]),
      continueOnError: step["continue-on-error"],
      timeoutMinutes: step["timeout-minutes"],
    };
  });
}
