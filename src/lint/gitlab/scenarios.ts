import { elsewhere } from "../expressions/compare.ts";
import { known, type Text, textOfValue, Unknown } from "../expressions/value.ts";
import type { PipelineScenario } from "../model/pipeline.ts";
import type { SourceFile } from "../yaml/node.ts";
import { unknownVariable, type Values } from "./variables.ts";

/** One way to start a pipeline, and the predefined variables that tell it from others. */
export interface GitlabScenario extends PipelineScenario {
  readonly kind: GitlabKind;
  readonly predefined: Values;
}

export type GitlabKind = "branch" | "tag" | "merge_request" | "fork" | "schedule" | "web";

/** The ways to start the pipeline of a file that can differ in what a run may do. */
export function gitlabScenarios(file: SourceFile): readonly GitlabScenario[] {
  const branch = defaultBranch(file);
  const onBranch = { CI_COMMIT_BRANCH: branch, CI_COMMIT_REF_NAME: branch, ...noMergeRequest };
  const tag = unknownVariable("CI_COMMIT_TAG");
  const own = { untrusted: false, secrets: true };
  const scenario = (
    kind: GitlabKind,
    source: string,
    values: Readonly<Record<string, Text | null>>,
    rest: Omit<PipelineScenario, "kind">,
  ): GitlabScenario => ({
    kind,
    ...rest,
    predefined: new Map<string, Text | null>([
      ...["CI", "GITLAB_CI"].map((name): [string, Text] => [name, known("true")]),
      ["CI_PIPELINE_SOURCE", known(source)],
      ["CI_DEFAULT_BRANCH", branch],
      ["CI_COMMIT_TAG", null],
      ["CI_COMMIT_BRANCH", null],
      ...Object.entries(values),
    ]),
  });
  return [
    scenario("branch", "push", onBranch, { when: "on a push to the default branch", ...own }),
    scenario(
      "tag",
      "push",
      { CI_COMMIT_TAG: tag, CI_COMMIT_REF_NAME: tag, ...noMergeRequest },
      { when: "when a tag is pushed", ...own },
    ),
    scenario("merge_request", "merge_request_event", mergeRequest(false), {
      when: "in a merge request from this project",
      untrusted: true,
      secrets: true,
    }),
    scenario("fork", "merge_request_event", mergeRequest(true), {
      when: "in a merge request from a fork",
      untrusted: true,
      // It runs in the fork, with the fork's variables and registry.
      secrets: false,
    }),
    scenario("schedule", "schedule", onBranch, { when: "in a scheduled pipeline", ...own }),
    scenario("web", "web", onBranch, { when: "in a manual pipeline", ...own }),
  ];
}

const noMergeRequest = { CI_MERGE_REQUEST_IID: null, CI_OPEN_MERGE_REQUESTS: null };

function mergeRequest(fork: boolean): Readonly<Record<string, Text>> {
  const project = unknownVariable("CI_PROJECT_PATH");
  const source = fork ? textOfValue(new Unknown(elsewhere, "run")) : project;
  return {
    CI_MERGE_REQUEST_IID: unknownVariable("CI_MERGE_REQUEST_IID"),
    CI_MERGE_REQUEST_PROJECT_PATH: project,
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: source,
    CI_PROJECT_PATH: project,
    CI_COMMIT_REF_PROTECTED: known("false"),
  };
}

/** The name that the file itself uses for it. */
function defaultBranch({ text }: SourceFile): Text {
  const [, name] = /(?:^|[\s"'[])(main|master)(?=$|[\s"',\]])/m.exec(text) ?? [];
  return name === undefined ? unknownVariable("CI_DEFAULT_BRANCH") : known(name);
}
