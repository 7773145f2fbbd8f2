import { basename, join } from "node:path";
import { hexOf, digestOf } from "../../oci/digest.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { Plan } from "../../plan/plan.ts";
import { startRegistry } from "../../server/start.ts";
import { type Io, warn } from "../io.ts";
import { cacheFolder, type Session } from "../run/session.ts";

/** A registry on this machine that lives as long as the command does; its data stays. */
export interface EmbeddedRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT/…`, this repository's own. */
  readonly repository: string;
  /** A plan that publishes into this registry instead of the targets that it names. */
  keepHere(plan: Plan): Plan;
}

/**
 * Starts the embedded registry where the config names no cache repository, or where `--local`
 * asks for it. Its port changes from run to run, and what it holds does not.
 */
export async function openEmbeddedRegistry(
  { config }: Session,
  asked: boolean,
  io: Io,
): Promise<EmbeddedRegistry | undefined> {
  if (!asked && config.cache.repository !== undefined) return undefined;
  const registry = await startRegistry({
    root: registryFolder(io.env),
    onWarning: (message) => warn(io, message),
  });
  return {
    repository: `${registry.host}/${localName(config.root)}`,
    keepHere: (plan) => keepHere(plan, registry.host),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

/** Where the embedded registry keeps its data by default. */
export function registryFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), "registry");
}

function keepHere(plan: Plan, host: string): Plan {
  const elsewhere = new Set<string>();
  const variants = plan.variants.map((variant) => ({
    ...variant,
    targets: variant.targets.map((target) => {
      elsewhere.add(target.repository);
      return {
        ...target,
        repository: formatRepository({ host, path: pathHere(target.repository) }),
      };
    }),
  }));
  if (plan.trust.level !== "local" || elsewhere.size === 0) return plan;
  const warning = `outside CI nothing is published to ${[...elsewhere].join(", ")} without --write; the images are in the registry on this machine, which layerkeep registry serve serves`;
  return { ...plan, variants, warnings: [...plan.warnings, warning] };
}

/** `ghcr.io/acme/app` as a path, so that two registries' repositories of one name stay two. */
function pathHere(repository: string): string {
  const { host, path } = parseRepository(repository);
  const folder = host.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  return `${folder.replace(/^[-.]+|[-.]+$/g, "")}/${path}`;
}

/** Two checkouts of one name share nothing. */
function localName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${name === "" ? "repository" : name}-${hexOf(digestOf(root)).slice(0, 12)}`;
}
