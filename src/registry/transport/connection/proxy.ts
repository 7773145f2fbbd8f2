import { BlockList, isIP } from "node:net";
import { UsageError } from "../../../errors.ts";
import { isLoopback } from "../../../oci/reference.ts";

/** The proxies from the environment. */
export interface ProxySettings {
  /** For plain HTTP: `http://user:password@proxy.example:3128`. */
  readonly http?: string | undefined;
  /** For HTTPS. */
  readonly https?: string | undefined;
  /** Hosts that need no proxy: `localhost,.corp.example,10.0.0.0/8,registry.example:5000`. */
  readonly noProxy?: string | undefined;
}

/** A proxy's address, without credentials. */
export interface Proxy {
  readonly url: URL;
  /** The `Proxy-Authorization` header. */
  readonly authorization: string | undefined;
}

/**
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower case, as Docker and other Go
 * programs read them. Like them, this ignores `ALL_PROXY`.
 */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string): string | undefined =>
    [env[name], env[name.toLowerCase()]].find((value) => value !== undefined && value !== "");
  return { http: read("HTTP_PROXY"), https: read("HTTPS_PROXY"), noProxy: read("NO_PROXY") };
}

/**
 * The proxy for a URL; undefined if there is none. Loopback never uses a proxy. Throws a usage
 * error for an invalid address of an HTTP proxy.
 */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  const secure = url.protocol === "https:";
  const text = secure ? settings.https : settings.http;
  if (text === undefined || text === "" || isLoopback(url.host)) return undefined;
  if (isExcepted(url, settings.noProxy ?? "")) return undefined;
  return parseProxy(text, secure ? "HTTPS_PROXY" : "HTTP_PROXY");
}

/** Messages leave out the value: it may contain a password. */
function parseProxy(text: string, name: string): Proxy {
  const hint = "use http://HOST:PORT, with user:password@ before the host if the proxy requires it";
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) throw new UsageError(`${name} is not a valid proxy address`, { hint });
  const url = new URL(full);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new UsageError(
      `${name} names a proxy of an unsupported type: ${url.protocol.slice(0, -1)} (only HTTP and HTTPS proxies are supported)`,
      {
        hint,
      },
    );
  }
  if (url.hostname === "") throw new UsageError(`${name} has no host`, { hint });
  const { username, password } = url;
  if (username === "" && password === "") return { url, authorization: undefined };
  url.username = url.password = "";
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { url, authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
  } catch {
    throw new UsageError(
      `the user name or password in ${name} contains a % that is not part of an escape sequence`,
      {
        hint: "percent-encode special characters (RFC 3986): % becomes %25",
      },
    );
  }
}

/**
 * The rules of golang.org/x/net/http/httpproxy: `*`, addresses, CIDR ranges and domains, each with
 * an optional port.
 */
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
