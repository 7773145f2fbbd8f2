import type { Commands } from "./command.ts";
import { compose, docker } from "./docker.ts";
import { crane, skopeo } from "./registry-tools.ts";

/** The programs that do something with images. */
export const programs: Commands = {
  buildah: docker,
  crane,
  docker,
  "docker-compose": compose,
  podman: docker,
  skopeo,
};
