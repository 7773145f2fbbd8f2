import type { Repository } from "./files/repository.ts";
import { githubPipeline } from "./github/pipeline.ts";
import { workflowOf } from "./github/workflow.ts";
import { gitlabPipeline, isGitlabPipeline } from "./gitlab/pipeline.ts";
import type { Pipeline } from "./model/pipeline.ts";
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
  const read = readFile(file, repository);
  known.set(file, read);
  return read;
}

function readFile(file: SourceFile, repository: Repository): ReadPipeline {
  const { root, problems } = readNodes(file);
  const workflow = workflowOf(file, root);
  if (workflow !== undefined) return { pipeline: githubPipeline(workflow, repository), problems };
  const isGitlab = isGitlabPipeline(file.path, root);
  return { pipeline: isGitlab ? gitlabPipeline(file, root, repository) : undefined, problems };
}
