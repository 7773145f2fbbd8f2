import { isLoopback } from "../../oci/reference.ts";

/**
 * Where a host's API is asked. Plain HTTP goes to loopback, and to a host that `insecure` names
 * once TLS was found not to be spoken there.
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
    // Docker Hub's API does not answer at the name that references carry.
    const server = host === "docker.io" ? "registry-1.docker.io" : host;
    const scheme = this.#schemes.get(host) ?? (isLoopback(host) ? "http" : "https");
    return new URL(`${scheme}://${server}/v2/${path}`);
  }

  /** The host as URLs of its API have it: lower case, without the scheme's own port. */
  home(host: string): string {
    const known = this.#homes.get(host) ?? this.url(host, "").host;
    this.#homes.set(host, known);
    return known;
  }

  /** Whether the other scheme may be tried for a host; from then on `url` gives that one. */
  switchScheme(host: string, from: URL): boolean {
    if (!this.isInsecure(from.host) && !isLoopback(host)) return false;
    const tried = from.protocol === "http:" ? "http" : "https";
    const known = this.#schemes.get(host);
    // Many requests meet this at once: the first one switches, the others follow it.
    if (known !== undefined) return known !== tried;
    this.#schemes.set(host, tried === "http" ? "https" : "http");
    this.#homes.delete(host);
    return true;
  }

  /** Whether TLS certificates of a host are not checked. `host` has its port where it has one. */
  isInsecure(host: string): boolean {
    return this.#insecure.has(host.toLowerCase());
  }

  /** Whether it is safe to go where an answer of `from` sends us: never from TLS to plain HTTP. */
  mayFollow(to: URL, from: URL): boolean {
    if (to.protocol === "https:") return true;
    const open = isLoopback(to.host) || this.isInsecure(to.host);
    return to.protocol === "http:" && from.protocol === "http:" && open;
  }
}
