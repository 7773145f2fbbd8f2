/** What `layerkeep init` found. */
export interface StarterFacts {
  /** `https://github.com/acme/app`. */
  readonly repositoryUrl?: string | undefined;
  readonly dockerfiles: readonly StarterDockerfile[];
}

export interface StarterDockerfile {
  /** Relative to the config's folder. */
  readonly path: string;
  readonly context: string;
  /** A suggested name for the variant. */
  readonly name: string;
}

/** A commented `layerkeep.yml` to start with, which loads unchanged if the Dockerfiles exist. */
export function renderStarterConfig({ repositoryUrl, dockerfiles }: StarterFacts): string {
  const image = repositoryUrl === undefined ? undefined : imageOf(repositoryUrl);
  const variants = nameVariants(
    dockerfiles.length > 0 ? dockerfiles : [{ path: "Dockerfile", context: ".", name: "core" }],
  );
  return `# The container images that this repository ships.
# Layerkeep's docs/config.md describes every key.

# Where caches and built images are stored between runs.
${image === undefined ? "# Default: a registry on this machine.\n# cache: ghcr.io/acme/app-cache" : `cache: ${image}-cache`}

# Where images are published, and with which tags (docker/metadata-action's rules).
${renderPublish(image, dockerfiles.length > 1)}

# Shared by all variants.
defaults:
  platforms: [linux/amd64]  # add linux/arm64 for a second architecture

# One image each.
variants:
${variants.map(renderVariant).join("")}`;
}

function renderPublish(image: string | undefined, several: boolean): string {
  const note = several ? "  # each variant's tags end with its name" : "";
  const lines = `publish:
  repository: ${image ?? "ghcr.io/acme/app"}${note}
  tags:
    - type=ref,event=branch
    - type=semver,pattern={{version}}
`;
  const text = image === undefined ? lines.replaceAll(/^(?=.)/gm, "# ") : lines;
  return text.trimEnd();
}

function renderVariant({ name, path, context }: StarterDockerfile): string {
  const usual = context === "." ? "Dockerfile" : `${context}/Dockerfile`;
  const dockerfile = path === usual ? "" : `    dockerfile: ${quoted(path)}\n`;
  return `  ${quoted(name)}:\n    context: ${quoted(context)}\n${dockerfile}`;
}

/** Unique names that are valid in a tag. */
function nameVariants(dockerfiles: readonly StarterDockerfile[]): StarterDockerfile[] {
  const taken = new Set<string>();
  return dockerfiles.map((dockerfile) => {
    const base = dockerfile.name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "");
    const wanted = base === "" ? "app" : base;
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`;
    taken.add(name);
    return { ...dockerfile, name };
  });
}

/** The image of the repository in its host's registry, if the host has one. */
function imageOf(url: string): string | undefined {
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
  return plain && !/^(?:true|false|null|[\d.]*\d[\d.]*)$/i.test(text) ? text : JSON.stringify(text);
}
