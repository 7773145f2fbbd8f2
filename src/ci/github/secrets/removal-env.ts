import { providerOf } from "../../../registry/deletion/choose.ts";
import type { Registry } from "../../registries.ts";
import type { Mapping } from "../document.ts";
import { expression } from "../expressions.ts";
import { secretEnv } from "./secret-env.ts";

/**
 * What deleting needs at a registry besides its login: the credentials of the provider's own API,
 * as `layerkeep cache prune` reads them.
 */
export function removalEnv(host: string, registries: readonly Registry[]): Mapping | undefined {
  const login = registries.find((registry) => registry.host === host)?.login;
  switch (providerOf(host)) {
    case "oci":
      return undefined;
    case "quay":
      return secretEnv(["QUAY_TOKEN"]);
    case "ghcr":
      return secretEnv(["GITHUB_TOKEN"]);
    case "docker-hub":
      return login === undefined
        ? undefined
        : {
            DOCKERHUB_USERNAME: expression(`secrets.${login.username}`),
            DOCKERHUB_TOKEN: expression(`secrets.${login.password}`),
          };
    case "ecr":
      return secretEnv(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
  }
}
