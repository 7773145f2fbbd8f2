import type { Context, GitFacts } from "../context.ts";
import { hangsOnRef } from "../trust.ts";
import { githubContext } from "./github.ts";
import { gitlabContext } from "./gitlab.ts";
import { readPayload } from "./payload.ts";
import { plainGitContext } from "./plain-git.ts";
import { recogniseProvider } from "./provider.ts";

export interface ContextSources {
  readonly env: NodeJS.ProcessEnv;
  readonly git: {
    /** Undefined without a checkout. */
    readonly facts: GitFacts | undefined;
    /**
     * The branches that contain a commit; may fetch until `enough`. Undefined if this is not known.
     */
    branchesContaining(
      commit: string,
      enough: (branches: readonly string[]) => boolean,
    ): Promise<readonly string[] | undefined>;
  };
  readonly readFile: (path: string) => Promise<string>;
}

/**
 * Where this run happens, from the environment of GitHub Actions or GitLab CI, or from the checkout
 * alone. What is missing from the environment is listed in `problems` and does not throw.
 */
export async function readContext(sources: ContextSources): Promise<Context> {
  const { env, git } = sources;
  const recognised = recogniseProvider(env);
  if (recognised.provider === "git") return plainGitContext(recognised.event, git.facts);
  const { provider, problem } = recognised;
  const context =
    provider === "github"
      ? githubContext(env, await readPayload(env["GITHUB_EVENT_PATH"], sources.readFile), git.facts)
      : gitlabContext(env, git.facts);
  if (problem === undefined) return withBranches(context, sources);
  return { ...context, problems: [problem, ...(context.problems ?? [])] };
}

/**
 * Only the trust of a tag depends on its branches, and in GitLab that of a protected branch, whose
 * name comes from a variable. Finding them may require fetching history.
 */
async function withBranches(context: Context, { git }: ContextSources): Promise<Context> {
  const { provider, branch, tag, defaultBranch } = context;
  if (!hangsOnRef(context) || (provider === "github" && tag === undefined)) return context;
  const wanted = tag === undefined ? branch : defaultBranch;
  const branchesWithCommit = await git.branchesContaining(context.commit, (branches) =>
    wanted === undefined ? false : branches.includes(wanted),
  );
  return { ...context, branchesWithCommit };
}
