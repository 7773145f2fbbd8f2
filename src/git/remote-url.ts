/**
 * A remote's address as a page that a person can open: `https://github.com/acme/app`, without
 * credentials, query and `.git`. Undefined for a local path or what is no address.
 */
export function parseRemoteUrl(text: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([A-Za-z0-9.-]{2,}):(?!\/\/)([^\s]+)$/.exec(text);
  if (scp !== null && !text.includes("://")) return page(scp[1] ?? "", scp[2] ?? "", "https:");
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  switch (url.protocol) {
    case "http:":
    case "https:":
      return page(url.host, url.pathname, url.protocol);
    case "ssh:":
    case "git:":
    case "git+ssh:":
      // The port is that of ssh or git, not of the pages.
      return page(url.hostname, url.pathname, "https:");
    default:
      return undefined;
  }
}

function page(host: string, path: string, protocol: string): string | undefined {
  const trimmed = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return host === "" || trimmed === "" ? undefined : `${protocol}//${host}/${trimmed}`;
}
