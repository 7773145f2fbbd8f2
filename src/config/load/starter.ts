/** What a new config has. */
export interface StarterFacts {
  /** Where images are published; undefined if that is not known yet. */
  readonly image: string | undefined;
  readonly platforms: readonly string[];
  /** The Compose file whose services are built. */
  readonly compose?: string | undefined;
  readonly variants: readonly StarterVariant[];
}

/** The tag rules of a new config. */
export const usualTags: readonly string[] = [
  "type=ref,event=branch",
  "type=semver,pattern={{version}}",
];

interface StarterVariant {
  /** Different from the others, and valid in a tag. */
  readonly name: string;
  /** Relative to the config's folder. */
  readonly dockerfile: string;
  readonly context: string;
}

/** A commented `layerkeep.yml` to start with, which loads unchanged. */
export function renderStarterConfig(facts: StarterFacts): string {
  const { image, platforms, compose, variants } = facts;
  const several = compose !== undefined || variants.length > 1;
  const more =
    platforms.length > 1 ? "" : `  # add ${otherThan(platforms)} for a second architecture`;
  return `# The container images that this repository ships.
# Layerkeep's docs/config.md describes every key.

# Where caches and built images are stored between runs.
${image === undefined ? "# Default: a registry on this machine.\n# cache: ghcr.io/acme/app-cache" : `cache: ${image}-cache`}

# Where images are published, and with which tags (docker/metadata-action's rules).
${renderPublish(image, several)}

# Shared by all variants.
defaults:
  platforms: [${platforms.join(", ")}]${more}
${compose === undefined ? "" : renderImport(compose)}${variants.length === 0 ? "" : renderVariants(variants)}`;
}

function otherThan(platforms: readonly string[]): string {
  return platforms.includes("linux/arm64") ? "linux/amd64" : "linux/arm64";
}

function renderPublish(image: string | undefined, several: boolean): string {
  const note = several ? "  # each variant's tags end with its name" : "";
  const lines = `publish:
  repository: ${image ?? "ghcr.io/acme/app"}${note}
  tags:
${usualTags.map((rule) => `    - ${rule}\n`).join("")}`;
  const text = image === undefined ? lines.replaceAll(/^(?=.)/gm, "# ") : lines;
  return text.trimEnd();
}

function renderImport(compose: string): string {
  return `
# One image for each service that has a build section; the file is read in each run.
import:
  - compose: ${quoted(compose)}
`;
}

function renderVariants(variants: readonly StarterVariant[]): string {
  return `\n# One image each.\nvariants:\n${variants.map(renderVariant).join("")}`;
}

function renderVariant({ name, dockerfile, context }: StarterVariant): string {
  const usual = context === "." ? "Dockerfile" : `${context}/Dockerfile`;
  const named = dockerfile === usual ? "" : `    dockerfile: ${quoted(dockerfile)}\n`;
  return `  ${quoted(name)}:\n    context: ${quoted(context)}\n${named}`;
}

/**
 * The image of a repository in its host's registry, if the host has one; `url` is
 * `https://github.com/acme/app`.
 */
export function imageOf(url: string): string | undefined {
  const match = /^https?:\/\/([^/]+)\/(.+?)(?:\.git)?\/?$/.exec(url.toLowerCase());
  const [, host, path] = match ?? [];
  if (host === undefined || path === undefined) return undefined;
  if (!/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/.test(path)) {
    return undefined;
  }
  if (host === "github.com") return `ghcr.io/${path}`;
  if (host === "gitlab.com") return `registry.gitlab.com/${path}`;
  return undefined;
}

function quoted(text: string): string {
  const plain = /^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/.test(text);
  return plain && !/^(?:true|false|null|yes|no|on|off|~|[\d.]*\d[\d.]*)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
