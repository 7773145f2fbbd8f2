import { BlockList, isIP } from "node:net";
import { UsageError } from "../../../errors.ts";
import { isLoopback } from "../../../oci/reference.ts";

/** Which proxies lead to registries, as the environment has them. */
export interface ProxySettings {
  /** For plain HTTP: `http://user:password@proxy.example:3128`. */
  readonly http?: string | undefined;
  /** For HTTPS. */
  readonly https?: string | undefined;
  /** Hosts that are reached without: `localhost,.corp.example,10.0.0.0/8,registry.example:5000`. */
  readonly noProxy?: string | undefined;
}

/** A proxy's address, without what it is given to let us in. */
export interface Proxy {
  readonly url: URL;
  /** What goes into `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/**
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case, as Go's programs, and
 * Docker with them, read them. `ALL_PROXY` they do not.
 */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string): string | undefined =>
    [env[name], env[name.toLowerCase()]].find((value) => value !== undefined && value !== "");
  return { http: read("HTTP_PROXY"), https: read("HTTPS_PROXY"), noProxy: read("NO_PROXY") };
}

/**
 * The proxy for a URL; undefined where there is none. Loopback is never asked through one. Throws
 * a usage error for what is no address of an HTTP proxy.
 */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  const secure = url.protocol === "https:";
  const text = secure ? settings.https : settings.http;
  if (text === undefined || text === "" || isLoopback(url.host)) return undefined;
  if (isExcepted(url, settings.noProxy ?? "")) return undefined;
  return parseProxy(text, secure ? "HTTPS_PROXY" : "HTTP_PROXY");
}

/** The messages leave out the value: it may have a password in it. */
function parseProxy(text: string, name: string): Proxy {
  const hint = "write http://HOST:PORT, with user:password@ before the host where it asks for that";
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) throw new UsageError(`${name} is no address of a proxy`, { hint });
  const url = new URL(full);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new UsageError(`${name} names a ${url.protocol.slice(0, -1)} proxy`, {
      hint: `only proxies over HTTP and HTTPS are known: ${hint}`,
    });
  }
  if (url.hostname === "") throw new UsageError(`${name} names no host`, { hint });
  const { username, password } = url;
  if (username === "" && password === "") return { url, authorization: undefined };
  url.username = url.password = "";
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { url, authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
  } catch {
    throw new UsageError(`the user or password in ${name} has a % that begins no escape`, {
      hint: "write %25 for a %, and so on (RFC 3986)",
    });
  }
}

/** The rules of golang.org/x/net/http/httpproxy: `*`, addresses, CIDR ranges, domains, all with a port or not. */
function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && covers(entry, host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(entry, host);
  const withPort = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry);
  if (withPort !== null && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "").replace(/^\*\./, ".");
  if (name === "") return false;
  if (isIP(name) !== 0) return isWithin(`${name}/${isIP(name) === 6 ? 128 : 32}`, host);
  return name.startsWith(".") ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function isWithin(range: string, host: string): boolean {
  const [address = "", bits = ""] = range.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 6 ? "ipv6" : "ipv4");
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}
