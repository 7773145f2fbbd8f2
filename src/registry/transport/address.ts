import { BlockList, isIP } from "node:net";
import { isLoopback } from "../../oci/reference.ts";

/**
 * The URLs of hosts' APIs. Plain HTTP is used for loopback, and for a host in `insecure` once it
 * turned out not to speak TLS.
 */
export class Addresses {
  readonly #insecure: ReadonlySet<string>;
  readonly #schemes = new Map<string, "http" | "https">();
  readonly #homes = new Map<string, string>();

  constructor(insecure: readonly string[]) {
    this.#insecure = new Set(insecure.map((host) => host.toLowerCase()));
  }

  /** `https://registry-1.docker.io/v2/` and the path, for `docker.io`. */
  url(host: string, path: string): URL {
    // Docker Hub's API has a different host name than its references.
    const server = host === "docker.io" ? "registry-1.docker.io" : host;
    const scheme = this.#schemes.get(host) ?? (isLoopback(host) ? "http" : "https");
    return new URL(`${scheme}://${server}/v2/${path}`);
  }

  /** The host as in the URLs of its API: lowercase, without the scheme's default port. */
  home(host: string): string {
    const known = this.#homes.get(host) ?? this.url(host, "").host;
    this.#homes.set(host, known);
    return known;
  }

  /** Whether the other scheme may be tried for a host; if so, `url` uses it from now on. */
  switchScheme(host: string, from: URL): boolean {
    if (!this.isInsecure(from.host) && !isLoopback(host)) return false;
    const tried = from.protocol === "http:" ? "http" : "https";
    const known = this.#schemes.get(host);
    // Many requests meet this at once: the first one switches, and the others follow.
    if (known !== undefined) return known !== tried;
    this.#schemes.set(host, tried === "http" ? "https" : "http");
    this.#homes.delete(host);
    return true;
  }

  /** Whether a host's TLS certificates are not checked. `host` includes its port if it has one. */
  isInsecure(host: string): boolean {
    return this.#insecure.has(host.toLowerCase());
  }

  /**
   * Whether it is safe to follow a redirect in an answer of `from`: never from TLS to plain HTTP.
   */
  mayFollow(to: URL, from: URL): boolean {
    if (to.protocol === "https:") return true;
    const open = isLoopback(to.host) || this.isInsecure(to.host);
    return to.protocol === "http:" && from.protocol === "http:" && open;
  }

  /**
   * Whether content or a change may be sent to the target of an answer from `from`: never from TLS
   * to plain HTTP, and never from a public registry to an address in our private network, which it
   * could not reach itself. Hosts in `insecure` are allowed.
   */
  maySendTo(to: URL, from: URL): boolean {
    if (to.protocol !== "https:" && !(to.protocol === "http:" && from.protocol === "http:")) {
      return false;
    }
    if (to.host === from.host || this.isInsecure(to.host)) return true;
    if (to.protocol === "http:") return isLoopback(to.host) && isLoopback(from.host);
    return !isPrivate(to.hostname) || isPrivate(from.hostname);
  }
}

/** Addresses that mean something else, or nothing, outside the same network. */
const privateNets = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateNets.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  privateNets.addSubnet(net, bits, "ipv6");
}

/** Judges only the name: what it resolves to, only the resolver knows. */
function isPrivate(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const family = isIP(name);
  if (family !== 0) return privateNets.check(name, family === 6 ? "ipv6" : "ipv4");
  return /(?:^|\.)(?:localhost|internal|local)\.?$/.test(name);
}

/** Keys of the distribution and token protocols whose values are no secret. */
const harmlessKeys = new Set(["n", "last", "digest", "mount", "from", "service", "scope"]);

/**
 * A URL as it may be in a message: without user and password, and with every value in the
 * query struck out that is not known to be harmless (signatures, upload state, tokens).
 */
export function redactUrl(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) =>
    harmlessKeys.has(key) ? `${key}=${value}` : `${key}=…`,
  );
  return `${url.protocol}//${url.host}${url.pathname}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}
