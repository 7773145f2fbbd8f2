/** Which CI a run is in, according to the environment. */
export type Recognised =
  | { readonly provider: "github" | "gitlab"; readonly problem?: string }
  /** `ci`: one whose environment we do not read; `local`: none. */
  | { readonly provider: "git"; readonly event: "ci" | "local" };

/**
 * Recognises the CI. A job can set any variable that its own CI does not set, so a CI's variables
 * count only if no other CI has left its mark. Marks of two are a problem, and never trusted.
 */
export function recogniseProvider(env: NodeJS.ProcessEnv): Recognised {
  const claimed = marks.find(
    ({ provider, variables: [sign = ""] }) => provider !== undefined && isSet(env[sign]),
  );
  const provider = claimed?.provider;
  // https://github.com/nektos/act runs workflows on any machine, with an event that it makes up.
  const isAct = provider === "github" && isSet(env["ACT"]) && !isGitea(env);
  if (claimed === undefined || provider === undefined || isAct) {
    return { provider: "git", event: isCi(env) ? "ci" : "local" };
  }
  const others = marks.filter((mark) => isMarked(mark, env) && !mayBeBeside(mark, claimed, env));
  if (others.length === 0) return { provider };
  const names = [claimed, ...others].map(({ name }) => name).join(" and ");
  return {
    provider,
    problem: `the environment has variables from ${names}, but only one CI system can run this job`,
  };
}

/** Whether this runs in any CI at all. */
export function isCi(env: NodeJS.ProcessEnv): boolean {
  return isSet(env["CI"]) || marks.some((mark) => isMarked(mark, env));
}

interface Mark {
  readonly name: string;
  readonly provider?: "github" | "gitlab";
  /** The first is the CI's own sign; any of them means that the job runs in it. */
  readonly variables: readonly string[];
}

/** Variables that each CI sets in every job, according to its documentation. */
const marks: readonly Mark[] = [
  {
    name: "GitHub Actions",
    provider: "github",
    variables: ["GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_RUN_ID", "GITHUB_WORKFLOW"],
  },
  {
    name: "GitLab CI",
    provider: "gitlab",
    variables: ["GITLAB_CI", "CI_PIPELINE_SOURCE", "CI_SERVER_VERSION", "GITLAB_USER_ID"],
  },
  { name: "Gitea Actions", variables: ["GITEA_ACTIONS"] },
  { name: "Forgejo Actions", variables: ["FORGEJO_ACTIONS"] },
  { name: "Jenkins", variables: ["JENKINS_URL"] },
  { name: "Azure Pipelines", variables: ["TF_BUILD", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"] },
  { name: "TeamCity", variables: ["TEAMCITY_VERSION"] },
  { name: "CircleCI", variables: ["CIRCLECI"] },
  { name: "Buildkite", variables: ["BUILDKITE"] },
  { name: "Bitbucket Pipelines", variables: ["BITBUCKET_BUILD_NUMBER"] },
  { name: "Travis CI", variables: ["TRAVIS"] },
  { name: "Drone", variables: ["DRONE"] },
  { name: "Woodpecker", variables: ["CI_SYSTEM_NAME"] },
  { name: "AppVeyor", variables: ["APPVEYOR"] },
  { name: "Cirrus CI", variables: ["CIRRUS_CI"] },
  { name: "Semaphore", variables: ["SEMAPHORE"] },
  { name: "Bamboo", variables: ["bamboo_buildKey", "bamboo_planKey"] },
  { name: "Google Cloud Build", variables: ["BUILDER_OUTPUT"] },
  { name: "AWS CodeBuild", variables: ["CODEBUILD_BUILD_ARN"] },
  { name: "GoCD", variables: ["GO_PIPELINE_NAME"] },
  { name: "Codefresh", variables: ["CF_BUILD_ID"] },
];

function isMarked({ variables }: Mark, env: NodeJS.ProcessEnv): boolean {
  return variables.some((name) => isSet(env[name]));
}

/** People switch a variable off with `false` or `0`. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false"].includes(value.toLowerCase());
}

/** Gitea's and Forgejo's runners set GitHub's variables themselves, and CodeBuild hosts runners. */
function mayBeBeside(mark: Mark, claimed: Mark, env: NodeJS.ProcessEnv): boolean {
  if (mark === claimed) return true;
  if (claimed.provider !== "github") return false;
  if (mark.name === "AWS CodeBuild")
    return env["CODEBUILD_WEBHOOK_EVENT"] === "WORKFLOW_JOB_QUEUED";
  return mark.name === "Gitea Actions" || mark.name === "Forgejo Actions";
}

function isGitea(env: NodeJS.ProcessEnv): boolean {
  return isSet(env["GITEA_ACTIONS"]) || isSet(env["FORGEJO_ACTIONS"]);
}
