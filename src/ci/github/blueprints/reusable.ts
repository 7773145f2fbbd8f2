import type { Blueprint, JobSetting, Login } from "./blueprint.ts";
import type { Mapping, Step } from "../document.ts";
import { expression } from "../expressions.ts";
import { defaultRunner } from "./generator-input.ts";
import { ownLoginStep } from "../secrets/logins.ts";

/** The name of the reusable workflow, of its file and of its gate. */
export const reusableName = "images";

/**
 * The workflow that other repositories call, for any config and every event: what the generator
 * reads from a config comes from inputs, and longer chains of variants share jobs.
 */
export function reusable(ref: string): Blueprint {
  const [read, write] = [loginOf("read"), loginOf("write")];
  // For a tag or a release branch, trust asks git for the default branch (docs/trust.md).
  const asksGit = `${isTrusted} && github.ref_name != github.event.repository.default_branch`;
  const checkout = { "persist-credentials": expression(asksGit) };
  const publish: JobSetting = {
    login: write,
    checkout: { "persist-credentials": expression(isTrusted) },
  };
  return {
    name: reusableName,
    check: expression("inputs.name"),
    artifact: `layerkeep-plan-${expression("inputs.name")}`,
    on: { workflow_call: { inputs, secrets } },
    concurrency: {
      group: `layerkeep-${group.map(expression).join("-")}`,
      "cancel-in-progress": true,
    },
    buildCache: undefined,
    ref,
    runner: expression("inputs.runner"),
    levels: 3,
    shards: 1,
    given: { config: expression("inputs.config"), vars: expression("inputs.vars") },
    planGiven: {
      runners: expression("inputs.runners"),
      stale: expression("inputs.stale"),
      affected: expression(isChange),
    },
    freeDisk: expression("inputs.free-disk"),
    ownBuilder: true,
    emulates: true,
    plan: {
      login: read,
      // What a change affects is found by comparing with the commit that it began from.
      checkout: { "fetch-depth": expression(`${isChange} && '0' || '1'`), ...checkout },
    },
    build: { login: write, checkout },
    publish,
    commands: {
      jobs: [],
      trusted: undefined,
      dirs: { permissions: {}, checkout: {}, login: {}, env: undefined },
    },
    prune: undefined,
  };
}

/** A newer commit cancels the run of its pull request; any other run has a group of its own. */
const group = [
  "github.workflow_ref",
  "inputs.name",
  "github.event.pull_request.number || github.run_id",
];
const isTrusted = `contains(fromJSON('["push", "schedule", "workflow_dispatch", "release"]'), github.event_name)`;
const isChange = `contains(fromJSON('["pull_request", "merge_group"]'), github.event_name)`;

const inputs: Mapping = {
  name: text("The name of the check, if a workflow calls this one multiple times.", reusableName),
  config: text("The path of the config. Default: layerkeep.yml in the root of the repository.", ""),
  vars: text("Values for variables in the config, one per line: NAME=value.", ""),
  runner: text("The runner for jobs that do not build images.", defaultRunner),
  runners: text(
    "Runners by platform, one per line, for legs without a runner in the config.",
    `linux/amd64: ${defaultRunner}\nlinux/arm64: ${defaultRunner}-arm\n*: ${defaultRunner}\n`,
  ),
  "free-disk": text(
    "Whether to free disk space on the runner: true, false, or a size such as 40GB to do so only if less than that is free.",
    "false",
  ),
  stale: {
    description: "Build only legs whose base images have changed.",
    type: "boolean",
    default: false,
  },
};

const secrets: Mapping = {
  logins: {
    description:
      "Logins for registries other than ghcr.io, one per line: host, username, password. Not used for pull requests.",
    required: false,
  },
  "read-logins": {
    description:
      "Registry logins for pull requests, one per line: host, username, password. Use read-only logins.",
    required: false,
  },
};

function text(description: string, value: string): Mapping {
  return { description, type: "string", default: value };
}

function loginOf(packages: "read" | "write"): Login {
  const hasLogins = `secrets.logins != '' && ${isTrusted}`;
  const hasReadLogins = `secrets.read-logins != '' && !${isTrusted}`;
  return {
    permissions: { contents: "read", packages },
    env: { HAS_LOGINS: expression(hasLogins), HAS_READ_LOGINS: expression(hasReadLogins) },
    steps: [
      ownLoginStep,
      manyLogins("Log in to registries", "HAS_LOGINS", "secrets.logins"),
      manyLogins(
        "Log in to registries with read-only access",
        "HAS_READ_LOGINS",
        "secrets.read-logins",
      ),
    ],
  };
}

function manyLogins(name: string, flag: string, secret: string): Step {
  return {
    name,
    if: `env.${flag} == 'true'`,
    shell: "bash",
    run: loginScript,
    env: { LOGINS: expression(secret) },
  };
}

/** GitHub masks the secret as a whole, and here each password in it, too. */
const loginScript = `while read -r host username password; do
  if [ -z "$host" ]; then continue; fi
  if [ -z "$password" ]; then
    echo "::error::a line of the logins has no password: each line needs a host, a username and a password"
    exit 1
  fi
  echo "::add-mask::$password"
  printf '%s' "$password" | docker login "$host" --username "$username" --password-stdin
done <<< "$LOGINS"
`;
