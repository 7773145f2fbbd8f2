import type { Context, GitFacts } from "../plan/context.ts";
import { githubContext } from "./github.ts";
import { gitlabContext } from "./gitlab.ts";
import { readPayload } from "./payload.ts";
import { plainGitContext } from "./plain-git.ts";

export interface ContextSources {
  readonly env: NodeJS.ProcessEnv;
  readonly git: {
    /** Undefined where there is no checkout. */
    readonly facts: GitFacts | undefined;
    /** The branches that hold a commit; may fetch until `enough`. Undefined where it cannot be told. */
    branchesContaining(
      commit: string,
      enough: (branches: readonly string[]) => boolean,
    ): Promise<readonly string[] | undefined>;
  };
  readonly readFile: (path: string) => Promise<string>;
}

/**
 * Where this run stands: by GitHub Actions' or GitLab CI's environment, else by the checkout
 * alone. What is missing from the environment is told in `problems`; it does not throw for it.
 */
export async function readContext(sources: ContextSources): Promise<Context> {
  const { env, git } = sources;
  if (env["GITHUB_ACTIONS"] === "true") {
    const payload = await readPayload(env["GITHUB_EVENT_PATH"], sources.readFile);
    return withBranches(githubContext(env, payload, git.facts), sources);
  }
  if (env["GITLAB_CI"] === "true") return withBranches(gitlabContext(env, git.facts), sources);
  return plainGitContext(env, git.facts);
}

/** Only a tag's trust hangs on its branches, and finding them may mean fetching history. */
async function withBranches(context: Context, { git }: ContextSources): Promise<Context> {
  if (context.tag === undefined || context.commit === "" || context.commit !== context.head) {
    return context;
  }
  const { defaultBranch } = context;
  const branchesWithCommit = await git.branchesContaining(context.commit, (branches) =>
    defaultBranch === undefined ? false : branches.includes(defaultBranch),
  );
  return { ...context, branchesWithCommit };
}
