import type { Commands } from "./command.ts";
import { compose, docker } from "./docker.ts";
import { kaniko } from "./kaniko.ts";
import { crane, skopeo } from "./registry-tools.ts";

/** The programs that do something with images. */
export const programs: Commands = {
  buildah: docker,
  crane,
  docker,
  "docker-compose": compose,
  // kaniko is called by its path, /kaniko/executor.
  executor: kaniko,
  kaniko,
  podman: docker,
  skopeo,
};
