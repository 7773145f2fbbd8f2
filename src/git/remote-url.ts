/**
 * A remote's address as a web page: `https://github.com/acme/app`, without credentials, query or
 * `.git`. Undefined for a local path or an invalid address.
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
      // The port belongs to ssh or git, not to the web pages.
      return page(url.hostname, url.pathname, "https:");
    default:
      return undefined;
  }
}

function page(host: string, path: string, protocol: string): string | undefined {
  const trimmed = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return host === "" || trimmed === "" ? undefined : `${protocol}//${host}/${trimmed}`;
}
