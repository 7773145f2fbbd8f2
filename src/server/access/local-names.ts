import { isIP } from "node:net";
import { isLoopback } from "../../oci/reference.ts";
import { Refusal } from "../http/refusal.ts";
import { header, type RegistryRequest } from "../http/request.ts";

/** What engines in a virtual machine call the machine that they run on. */
const engineNames = new Set([
  "host.docker.internal",
  "gateway.docker.internal",
  "host.containers.internal",
  "host.lima.internal",
  "host.orb.internal",
]);

/**
 * Whether a `Host` header (RFC 9110, 7.2) names a server on loopback. Without a password, loopback
 * alone protects a server, and a browser on this machine reaches it: a web page can let its own
 * domain resolve to 127.0.0.1 (DNS rebinding) and would then read the answers as its own. Its
 * requests name that domain. An IP address is no domain, so it is allowed.
 */
export function isLocalName(host: string): boolean {
  const name = host.replace(/:\d*$/, "").toLowerCase().replace(/\.$/, "");
  return isLoopback(name) || engineNames.has(name) || isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

interface Served {
  /** The host of the registry's public URL. */
  readonly publicHost: string | undefined;
  /** With TLS a browser checks the name itself: nobody has a certificate for it but its owner. */
  readonly hasTls: boolean;
}

/**
 * Refuses what a web page sends: requests for a name that is neither local nor the public URL's, and
 * writes with an `Origin`, which a page may send to any address and no registry client sends. An
 * HTTP/1.0 request may have no `Host`; browsers always send it.
 */
export function refuseWebPages(request: RegistryRequest, { publicHost, hasTls }: Served): void {
  const host = header(request, "host");
  if (!hasTls && host !== undefined && host !== publicHost && !isLocalName(host)) {
    throw new Refusal(
      403,
      "DENIED",
      "without a password, this registry answers only to localhost and IP addresses: set --public-url if a proxy sends this host name",
    );
  }
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead && header(request, "origin") !== undefined) {
    throw new Refusal(403, "DENIED", "without a password, web pages cannot write to this registry");
  }
}
