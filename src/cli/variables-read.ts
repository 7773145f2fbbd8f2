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
      [["LAYERKEEP_VAR_NAME"], "Sets the config variable NAME, like --var."],
      [
        ["LAYERKEEP_PROGRESS", "BUILDKIT_PROGRESS"],
        "The default for --progress; the first one takes precedence.",
      ],
      [
        ["LAYERKEEP_REQUEST_TIMEOUT"],
        "Time limit for a registry request, in seconds. Default: 55.",
      ],
      [
        ["LAYERKEEP_CREDENTIAL_HOSTS"],
        "Hosts to which an untrusted run may send credentials, separated by commas.",
      ],
      [
        ["LAYERKEEP_REGISTRY_IDLE"],
        "How long the embedded registry waits for the next command before it stops. Default: 15m.",
      ],
      [["LAYERKEEP_REGISTRY_PASSWORD"], "The password for the user of registry serve --user."],
      [["LAYERKEEP_PLAIN_YAML"], "0 uses the full, slower parser for every YAML file."],
      [["LAYERKEEP_RING_SOCKET"], "0 uses Node's standard, slower sockets to read blobs."],
    ],
  },
  {
    heading: "This machine",
    variables: [
      [["PATH"], "Where to find docker, buildx, git and credential helpers."],
      [["HOME"], "The home folder, with the Docker config and the cache folder."],
      [["XDG_CACHE_HOME"], "The folder for Layerkeep's cache folder. Default: ~/.cache."],
      [["TMPDIR"], "The folder for temporary files."],
      [["NO_COLOR"], "Turns colors off, like --no-color."],
      [
        ["DISPLAY", "WAYLAND_DISPLAY"],
        "On Linux, layerkeep open starts a browser only if one of these is set.",
      ],
      [["TERM"], "dumb turns off colors, questions and progress that is updated in place."],
    ],
  },
  {
    heading: "Docker and buildx",
    variables: [
      [["BUILDX_BUILDER"], "The default for --builder."],
      [["BUILDX_CONFIG"], "The folder with the config and the builders of buildx."],
      [["DOCKER_HOST", "DOCKER_*"], "How to connect to Docker, as for the docker command."],
      [["DOCKER_CONFIG"], "The folder with Docker's config and logins. Default: ~/.docker."],
      [["DOCKER_AUTH_CONFIG"], "Docker's config with logins, as JSON."],
      [
        ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"],
        "Where to find Podman's logins.",
      ],
      [
        ["AWS_*", "AZURE_*", "GOOGLE_*"],
        "Credentials for cloud caches and credential helpers, passed to buildx.",
      ],
    ],
  },
  {
    heading: "The network",
    variables: [
      [
        ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"],
        "Proxies for requests; lowercase names work, too.",
      ],
      [["NODE_EXTRA_CA_CERTS"], "A file with additional certificate authorities to trust."],
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
      [
        ["CI"],
        "Set by CI systems. Outside CI, only --write lets a run write to the config's registries.",
      ],
      [["GITHUB_*", "ACT"], "The event, ref and commit of a run in GitHub Actions."],
      [["CI_*", "GITLAB_*"], "The event, ref and commit of a pipeline in GitLab CI."],
      [
        ["ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL", "ACTIONS_CACHE_*"],
        "GitHub's cache service, for caches of type gha.",
      ],
      [["GITEA_ACTIONS", "FORGEJO_ACTIONS", "CODEBUILD_*"], "Identify other CI systems."],
    ],
  },
  {
    heading: "git and npm",
    variables: [
      [
        ["GIT_SSH_COMMAND", "GIT_*"],
        "Used by git. Unless GIT_SSH_COMMAND is set, Layerkeep runs ssh without prompts.",
      ],
      [["npm_command"], "Set by npx. Commands that Layerkeep prints then begin with npx."],
    ],
  },
];
