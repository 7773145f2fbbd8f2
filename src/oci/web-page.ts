import type { Repository } from "./reference.ts";

/**
 * The page on which a registry's own web site shows a repository; undefined if its registry has none
 * that is known. `project` is the path of the GitLab project that the checkout belongs to: an image
 * may be several folders below one.
 */
export function webPageOf({ host, path }: Repository, project?: string): string | undefined {
  const [first = "", second = ""] = path.split("/");
  const rest = path.slice(first.length + 1);
  switch (host) {
    case "docker.io":
      return first === "library"
        ? `https://hub.docker.com/_/${rest}`
        : `https://hub.docker.com/r/${path}`;
    // These lead browsers to the page of the package.
    case "ghcr.io":
    case "gcr.io":
      return `https://${host}/${path}`;
    case "quay.io":
      return `https://quay.io/repository/${path}`;
    case "public.ecr.aws":
      return `https://gallery.ecr.aws/${path}`;
    case "registry.gitlab.com": {
      const isOwn = project !== undefined && `${path}/`.startsWith(`${project.toLowerCase()}/`);
      return `https://gitlab.com/${isOwn ? project : `${first}/${second}`}/container_registry`;
    }
    default:
      return cloudPage(host, path);
  }
}

/** The consoles of Google and Amazon, whose hosts name a region. */
function cloudPage(host: string, path: string): string | undefined {
  const [, location] = /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(host) ?? [];
  if (location !== undefined) {
    const [project = "", ...names] = path.split("/");
    const image = names.join("/");
    return `https://console.cloud.google.com/artifacts/docker/${project}/${location}/${image}`;
  }
  const [, account, region] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return `https://${region}.console.aws.amazon.com/ecr/repositories/private/${account}/${path}`;
}

/** Whether a text is the address of a web page that a browser may be sent to. */
export function isWebPage(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ["https:", "http:"].includes(protocol) && username === "" && password === "";
}
