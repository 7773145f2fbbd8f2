import { UsageError } from "../../errors.ts";
import type { Repository } from "../../oci/reference.ts";
import type { ApiContext } from "../api/provider-api.ts";
import { type DockerHubOptions, DockerHubRemover } from "./docker-hub.ts";
import { EcrRemover } from "./ecr.ts";
import { type EcrOptions, ecrPlace } from "./ecr-api.ts";
import { type GhcrOptions, GhcrRemover } from "./ghcr.ts";
import { OciRemover } from "./oci.ts";
import { type QuayOptions, QuayRemover } from "./quay.ts";
import type { Provider, Remover } from "./remover.ts";

export interface RemoverOptions extends ApiContext {
  /** Needed if the host does not identify it, as with a self-hosted Quay. */
  readonly provider?: Provider | undefined;
  /** The credentials for each provider's own API, which does not accept those of the registry. */
  readonly quay?: QuayOptions | undefined;
  readonly ghcr?: GhcrOptions | undefined;
  readonly dockerHub?: DockerHubOptions | undefined;
  readonly ecr?: EcrOptions | undefined;
}

/** The provider whose registry runs at a host, as far as its name shows. */
export function providerOf(host: string): Provider {
  const name = host.toLowerCase();
  if (name === "quay.io") return "quay";
  if (name === "ghcr.io") return "ghcr";
  if (name === "docker.io") return "docker-hub";
  return ecrPlace(name) === undefined ? "oci" : "ecr";
}

/**
 * The remover for a repository's host. Throws a usage error if the provider's API needs its own
 * credentials and none are given.
 */
export function chooseRemover(repository: Repository, options: RemoverOptions): Remover {
  const { host } = repository;
  const provider = options.provider ?? providerOf(host);
  switch (provider) {
    case "oci":
      return new OciRemover(options.transport);
    case "quay":
      return new QuayRemover(options, need(options.quay, host, "quay"));
    case "ghcr":
      return new GhcrRemover(options, need(options.ghcr, host, "ghcr"));
    case "docker-hub":
      return new DockerHubRemover(options, need(options.dockerHub, host, "docker-hub"));
    case "ecr":
      return new EcrRemover(options, need(options.ecr, host, "ecr"));
  }
}

const needed = {
  quay: "an application's OAuth access token with the scope repo:write",
  ghcr: "a classic personal access token with read:packages and delete:packages, or a workflow's GITHUB_TOKEN",
  "docker-hub": "a user name and an access token with delete permission",
  ecr: "an AWS access key with the permissions ecr:BatchDeleteImage and ecr:DescribeImages",
} as const;

function need<T>(given: T | undefined, host: string, provider: keyof typeof needed): T {
  if (given !== undefined) return given;
  throw new UsageError(`cannot delete from ${host} without credentials for its API`, {
    hint: `provide ${needed[provider]}`,
  });
}
