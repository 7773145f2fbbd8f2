import type { HostedRunner } from "../github/jobs/runner-labels.ts";

/**
 * The runner of GitLab.com that has a tag; undefined for others:
 * https://docs.gitlab.com/ci/runners/hosted_runners/linux/.
 */
export function hostedByGitlab(tag: string): HostedRunner | undefined {
  const [, architecture] =
    /^saas-linux-(?:small|medium|large|xlarge|2xlarge)-(\w+)$/.exec(tag) ?? [];
  return architecture === "amd64" || architecture === "arm64"
    ? { os: "linux", architecture }
    : undefined;
}
