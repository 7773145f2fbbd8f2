import type { Config, Variant } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { allRules } from "../../lint/rules/all-rules.ts";
import { suggest } from "../../nearest.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatRepository, parseReference, parseRepository } from "../../oci/reference.ts";
import { isWebPage, webPageOf } from "../../oci/web-page.ts";
import { rulePage } from "../../report/lint/outcome.ts";
import { docsPage, topics } from "./docs-pages.ts";

/** What a page is looked for with. */
export interface PageSources {
  /** Undefined if there is none. */
  readonly config: Config | undefined;
  /** The path of the checkout's project at its host. */
  readonly project: string | undefined;
  /** What the records of a leg's last builds have as the CI's run, the newest first. */
  readonly runsOf: (leg: string) => Promise<readonly (string | null)[]>;
}

/**
 * The page of a leg (its last run in CI), of a variant or an image at its registry, of a lint rule,
 * or of the documentation. Throws a usage error if there is none.
 */
export async function findPage(what: string | undefined, sources: PageSources): Promise<string> {
  const variants = sources.config?.variants ?? [];
  if (what === undefined) return imagePage(publishedOf(variants), sources);
  const variant = variants.find(({ name }) => name === what);
  if (variant !== undefined) return imagePage(publishedOf([variant]), sources);
  const legs = variants.flatMap(({ name, platforms }) =>
    platforms.map((platform) => `${name}/${formatPlatform(platform)}`),
  );
  if (legs.includes(what)) return runPage(what, sources);
  if (allRules.some(({ id }) => id === what)) return rulePage(what);
  if (topics.some((topic) => topic === what)) return docsPage(what);
  if (what.includes("/")) return imagePage([formatRepository(parseReference(what))], sources);
  const known = [...variants.map(({ name }) => name), ...legs, ...topics];
  throw new UsageError(`"${what}" is not a variant, leg, image, lint rule or page of the docs`, {
    hint: suggest(what, [...known, ...allRules.map(({ id }) => id)]),
  });
}

/** The page of the first repository that has one. */
function imagePage(repositories: readonly string[], { project }: PageSources): string {
  for (const repository of repositories) {
    const page = webPageOf(parseRepository(repository), project);
    if (page !== undefined) return page;
  }
  const [first] = repositories;
  if (first === undefined) {
    throw new UsageError("no image is published, so there is no page to open", {
      hint: "set publish: in the config, or name an image or a page of the docs",
    });
  }
  throw new UsageError(`no web page is known for ${repositories.join(", ")}`);
}

function publishedOf(variants: readonly Variant[]): readonly string[] {
  return variants.flatMap(({ publish }) => publish.map(({ repository }) => repository));
}

async function runPage(leg: string, { runsOf }: PageSources): Promise<string> {
  const runs = await runsOf(leg);
  const page = runs.find((run) => run !== null && isWebPage(run));
  if (typeof page === "string") return page;
  throw new UsageError(`none of the last builds of ${leg} has the page of a CI run`, {
    hint: `run \`layerkeep logs ${leg}\` to see them, or open the variant's image`,
  });
}
