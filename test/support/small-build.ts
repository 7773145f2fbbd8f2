import { testEngine } from "./engine.ts";

/** What a command needs to reach the shared engine; PATH and HOME are the test's own. */
export function engineEnv(): Record<string, string> {
  const { DOCKER_HOST = "", DOCKER_CONFIG = "", BUILDX_CONFIG = "" } = testEngine().env;
  return { DOCKER_HOST, DOCKER_CONFIG, BUILDX_CONFIG };
}

/** A Dockerfile of three steps: one that is worth caching, a copy of `src`, and one after it. */
function smallDockerfile(base = testEngine().baseImage.reference): string {
  return `FROM ${base}
RUN echo heavy > /heavy
COPY src /src
RUN cat /src > /out
`;
}

/** A project's files: its config, the Dockerfile, its source; `.git` stays outside of the context. */
export function smallProject(
  config: string,
  files: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    "layerkeep.yml": config,
    Dockerfile: smallDockerfile(),
    src: "source\n",
    ".dockerignore": ".git\nlayerkeep.yml\n",
    ...files,
  };
}
