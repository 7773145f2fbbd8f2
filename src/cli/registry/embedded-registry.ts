import { basename } from "node:path";
import { hexOf, digestOf } from "../../oci/digest.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { Plan } from "../../plan/plan.ts";
import { startRegistry } from "../../server/start.ts";
import { makeCacheFolder, registryFolder } from "../folders.ts";
import { type Io, warn } from "../io.ts";
import type { Session } from "../run/session.ts";

/** A registry on this machine that runs as long as the command does; its data is kept. */
export interface EmbeddedRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT/…`, used only by this checkout. */
  readonly repository: string;
  /** The plan with this registry in place of the targets that it names. */
  keepHere(plan: Plan): Plan;
}

/**
 * Starts the embedded registry if the config names no cache repository, or if it is `asked` for.
 * Its port changes from run to run; its contents do not.
 */
export async function openEmbeddedRegistry(
  { config }: Session,
  asked: boolean,
  io: Io,
): Promise<EmbeddedRegistry | undefined> {
  if (!asked && config.cache.repository !== undefined) return undefined;
  await makeCacheFolder(io.env);
  const registry = await startRegistry({
    root: registryFolder(undefined, io),
    onWarning: (message) => warn(io, message),
  });
  return {
    repository: `${registry.host}/${localName(config.root)}`,
    keepHere: (plan) => keepHere(plan, registry.host),
    [Symbol.asyncDispose]: () => registry.close(),
  };
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
  const warning = `not publishing to ${[...elsewhere].join(", ")}: outside CI, this needs --write. The images are in this machine's registry (run \`layerkeep registry serve\` to serve them)`;
  return { ...plan, variants, warnings: [...plan.warnings, warning] };
}

/** `ghcr.io/acme/app` as a path, so that repositories of the same name on two registries stay apart. */
function pathHere(repository: string): string {
  const { host, path } = parseRepository(repository);
  const folder = host.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  return `${folder.replace(/^[-.]+|[-.]+$/g, "")}/${path}`;
}

/** Different for each checkout, even if their folders have the same name. */
function localName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${name === "" ? "repository" : name}-${hexOf(digestOf(root)).slice(0, 12)}`;
}
