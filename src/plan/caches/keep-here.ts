import { parseRepository } from "../../oci/reference.ts";
import type { CacheRef, Plan } from "../plan.ts";

/** The cache types that are stored with the image, or on this machine. */
const storedHere: ReadonlySet<CacheRef["type"]> = new Set(["inline", "local"]);

/**
 * The plan of a local run that may write to the registry at `host` alone: it is published there
 * under the targets' own names, and writes no cache elsewhere. A warning says what is left out.
 */
export function keepHere(plan: Plan, host: string): Plan {
  const targets = new Set<string>();
  const caches = new Set<string>();
  const legs = plan.legs.map((leg) => {
    const to = leg.cache.to.filter((ref) => isHere(ref, host));
    for (const ref of leg.cache.to) if (!to.includes(ref)) caches.add(`type=${ref.type}`);
    return { ...leg, cache: { ...leg.cache, to } };
  });
  const variants = plan.variants.map((variant) => ({
    ...variant,
    targets: variant.targets.map((target) => {
      const { repository } = target;
      targets.add(repository);
      return { ...target, repository: `${host}/${pathHere(repository)}`, insteadOf: repository };
    }),
  }));
  const warnings = [...plan.warnings];
  if (targets.size > 0) {
    warnings.push(
      `not publishing to ${[...targets].join(", ")}: outside CI, this needs --write. The images are in this machine's registry`,
    );
  }
  if (caches.size > 0) {
    warnings.push(
      `not writing caches of ${[...caches].join(", ")}: outside CI, this needs --write`,
    );
  }
  return { ...plan, legs, variants, warnings };
}

/**
 * What a plan from a file would write outside of a cache repository and its registry; undefined:
 * nothing.
 */
export function writtenElsewhere(plan: Plan, repository: string): string | undefined {
  const { host } = parseRepository(repository);
  const isStagedHere = (name: string): boolean => name.startsWith(`${repository}:`);
  if (plan.cacheRepository !== repository) return plan.cacheRepository ?? "no cache repository";
  for (const { staged, preview, cache } of plan.legs) {
    const names = staged === null ? [] : [staged.leg, staged.newest, staged.log];
    const other = [...names, ...(preview === null ? [] : [preview])].find(
      (name) => !isStagedHere(name),
    );
    if (other !== undefined) return other;
    const ref = cache.to.find((to) => !isHere(to, host));
    if (ref !== undefined) return ref.attributes["ref"] ?? `a cache of type ${ref.type}`;
  }
  return plan.variants
    .flatMap(({ targets, previews }) => [...targets, ...previews])
    .map((target) => target.repository)
    .find((name) => parseRepository(name).host !== host);
}

/** `ghcr.io/acme/app` as a path. */
function pathHere(repository: string): string {
  const { host, path } = parseRepository(repository);
  const folder = host.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  // Repositories of the same name on two registries stay apart.
  return `${folder.replace(/^[-.]+|[-.]+$/g, "")}/${path}`;
}

function isHere({ type, attributes }: CacheRef, host: string): boolean {
  const { ref = "" } = attributes;
  return storedHere.has(type) || (type === "registry" && ref.startsWith(`${host}/`));
}
