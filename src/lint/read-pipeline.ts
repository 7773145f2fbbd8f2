import type { Repository } from "./files/repository.ts";
import { githubPipeline } from "./github/pipeline.ts";
import { workflowOf } from "./github/workflow.ts";
import { gitlabPipeline, isGitlabPipeline } from "./gitlab/pipeline.ts";
import type { Pipeline } from "./model/pipeline.ts";
import { TooLargeError } from "./github/budget.ts";
import type { SourceFile } from "./yaml/node.ts";
import { readNodes, type YamlProblem } from "./yaml/read-nodes.ts";

export interface ReadPipeline {
  /** Undefined for a file that describes no jobs, such as a composite action. */
  readonly pipeline: Pipeline | undefined;
  /** Why the file cannot be read, or a part of it. */
  readonly problems: readonly YamlProblem[];
}

const known = new WeakMap<SourceFile, ReadPipeline>();

/** Reads a file as a workflow of GitHub Actions or as a pipeline of GitLab, once. */
export function readPipeline(file: SourceFile, repository: Repository): ReadPipeline {
  const before = known.get(file);
  if (before !== undefined) return before;
  const read = readWhole(file, repository);
  known.set(file, read);
  return read;
}

function readWhole(file: SourceFile, repository: Repository): ReadPipeline {
  try {
    return readFile(file, repository);
  } catch (error) {
    if (!(error instanceof TooLargeError || error instanceof RangeError)) throw error;
    const message =
      error instanceof TooLargeError ? error.message : "the file is nested too deeply";
    return { pipeline: undefined, problems: [{ message, line: 1, column: 1 }] };
  }
}

function readFile(file: SourceFile, repository: Repository): ReadPipeline {
  const { root, problems, mergeKeys } = readNodes(file);
  const workflow = workflowOf(file, root);
  if (workflow === undefined) {
    const isGitlab = isGitlabPipeline(file.path, root);
    const pipeline = isGitlab ? whole(gitlabPipeline(file, root, repository)) : undefined;
    return { pipeline, problems };
  }
  const merged = mergeKeys.map(({ start }) => ({
    message: "GitHub Actions does not support merge keys (<<)",
    ...file.placeOf(start),
  }));
  return {
    pipeline: whole(githubPipeline(workflow, repository)),
    problems: [...problems, ...merged],
  };
}

/** Jobs are read on demand. All of them are read here, to see that they are not too many. */
function whole(pipeline: Pipeline): Pipeline {
  for (const scenario of pipeline.scenarios) pipeline.runsIn(scenario);
  return pipeline;
}
