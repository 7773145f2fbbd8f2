/** The variables under one heading of the documentation. */
interface VariableGroup {
  readonly heading: string;
  /** Names, of which `*` is any end and `NAME` a name of the user's, and what they do. */
  readonly variables: readonly (readonly [names: readonly string[], text: string])[];
}

/**
 * Every environment variable that the command line reads, for the manual page and the docs. The
 * variables that a config names under `credentials` or `secrets` are read besides.
 */
export const variablesRead: readonly VariableGroup[] = [
  {
    heading: "Layerkeep",
    variables: [
      [["LAYERKEEP_VAR_NAME"], "Sets the variable NAME of the config, as --var does."],
      [
        ["LAYERKEEP_PROGRESS", "BUILDKIT_PROGRESS"],
        "How to show progress without --progress; the first has precedence.",
      ],
      [["LAYERKEEP_REQUEST_TIMEOUT"], "Seconds that a request to a registry may take: 55."],
      [["LAYERKEEP_CREDENTIAL_HOSTS"], "Hosts that an untrusted run may send credentials to."],
      [
        ["LAYERKEEP_REGISTRY_IDLE"],
        "How long the embedded registry waits for the next command: 15m.",
      ],
      [["LAYERKEEP_REGISTRY_PASSWORD"], "The password for registry serve --user."],
      [["LAYERKEEP_PLAIN_YAML"], "0 reads every YAML file with the full parser, which is slower."],
      [["LAYERKEEP_RING_SOCKET"], "0 reads blobs in the usual way of Node, which is slower."],
    ],
  },
  {
    heading: "This machine",
    variables: [
      [["PATH"], "Where buildx, docker, git and credential helpers are looked for."],
      [["HOME"], "The folder of the user's configuration of Docker."],
      [["XDG_CACHE_HOME"], "The folder that contains Layerkeep's cache folder: ~/.cache."],
      [["TMPDIR"], "Where temporary files are written."],
      [["NO_COLOR"], "Turns colors off, as --no-color does."],
      [["TERM"], "dumb turns off colors, questions and a display that is updated in place."],
    ],
  },
  {
    heading: "Docker and buildx",
    variables: [
      [["BUILDX_BUILDER"], "The builder to use without --builder."],
      [["BUILDX_CONFIG"], "The folder of buildx with its builders."],
      [["DOCKER_HOST", "DOCKER_*"], "How Docker is reached, as docker itself reads it."],
      [["DOCKER_CONFIG"], "The folder of Docker's configuration and logins: ~/.docker."],
      [["DOCKER_AUTH_CONFIG"], "Docker's configuration with logins, as JSON text."],
      [
        ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"],
        "Where logins of Podman are found.",
      ],
      [
        ["AWS_*", "AZURE_*", "GOOGLE_*"],
        "Credentials of cloud caches and credential helpers, passed to buildx.",
      ],
    ],
  },
  {
    heading: "The network",
    variables: [
      [["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"], "Proxies of requests; also in lower case."],
      [["NODE_EXTRA_CA_CERTS"], "A file of certificate authorities to trust besides."],
    ],
  },
  {
    heading: "Deletion at a registry's own API",
    variables: [
      [["GITHUB_TOKEN", "GH_TOKEN"], "For ghcr.io, and for GitHub's cache service."],
      [["DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN"], "For Docker Hub."],
      [["QUAY_TOKEN"], "For quay.io."],
      [["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], "For Amazon ECR."],
    ],
  },
  {
    heading: "CI",
    variables: [
      [["CI"], "Set in any CI: outside, nothing is written to the config's registries by itself."],
      [["GITHUB_*", "ACT"], "What a run in GitHub Actions is about."],
      [["CI_*", "GITLAB_*"], "What a run in GitLab CI is about."],
      [
        ["ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL", "ACTIONS_CACHE_*"],
        "GitHub's cache service, for caches of type gha.",
      ],
      [
        ["GITEA_ACTIONS", "FORGEJO_ACTIONS", "CODEBUILD_*"],
        "Marks of other CI systems, which are recognized but not trusted.",
      ],
    ],
  },
  {
    heading: "git and npm",
    variables: [
      [
        ["GIT_SSH_COMMAND", "GIT_*"],
        "Read by git. Layerkeep lets ssh ask no questions, unless the first is set.",
      ],
      [["npm_command"], "Set by npx: printed commands then begin with npx."],
    ],
  },
];
