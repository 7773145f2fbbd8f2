import { UsageError } from "../errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A repository in a registry: `ghcr.io` and `acme/app`. */
export interface Repository {
  /** The host, with its port if it has one. Docker Hub is `docker.io`. */
  readonly host: string;
  readonly path: string;
}

/** A repository, with a tag, a digest, both, or neither. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** OCI distribution spec 1.1, "Pulling manifests". */
export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const hostPattern =
  /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]{1,5})?$/;
/** Docker's limit for a repository name, host included. */
const longestName = 255;

/**
 * Parses a reference as Docker does: `alpine` is `docker.io/library/alpine`; the first part is a
 * host if it has a dot or a port or is `localhost`. No default tag is added. Throws a usage error
 * that names the invalid part.
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/") && colon > 0;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const repository = parseName(tagged ? named.slice(0, colon) : named, text);
  if (tag !== undefined && !tagPattern.test(tag)) {
    throw bad(text, `"${tag}" is not a tag`, "use up to 128 letters, digits, _, . and -");
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw bad(
      text,
      `"${digest}" is not a digest`,
      "use sha256: followed by 64 lowercase hexadecimal digits",
    );
  }
  return {
    ...repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Parses a repository. Throws a usage error if it has a tag or digest. */
export function parseRepository(text: string): Repository {
  const { host, path, tag, digest } = parseReference(text);
  if (tag !== undefined || digest !== undefined) {
    throw bad(text, "a repository name cannot include a tag or digest", `use ${host}/${path}`);
  }
  return { host, path };
}

/** `ghcr.io/acme/app`. */
export function formatRepository(repository: Repository): string {
  return `${repository.host}/${repository.path}`;
}

/** `ghcr.io/acme/app:tag@sha256:…`, with the parts that are present. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${formatRepository(reference)}${tag}${digest}`;
}

export function sameRepository(a: Repository, b: Repository): boolean {
  return a.host === b.host && a.path === b.path;
}

/** Whether a host is this machine: the only kind that may use plain HTTP by default. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}

/** Whether the text is a repository path, without a host: `acme/app`. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= longestName && pathPattern.test(text);
}

/** Whether the text names its registry: `ghcr.io/acme/app`, not `acme/app`. */
export function isFullReference(text: string): boolean {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  return first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
}

function parseName(name: string, text: string): Repository {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasHost = isFullReference(name);
  const host = hasHost && first !== "index.docker.io" ? first : "docker.io";
  const rest = hasHost ? name.slice(slash + 1) : name;
  if (!hostPattern.test(host)) throw bad(text, `"${host}" is not a host`, "use host or host:port");
  const path = host === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  if (!pathPattern.test(path) || host.length + path.length + 1 > longestName) {
    const hint = /[A-Z]/.test(path)
      ? `use lowercase: ${path.toLowerCase()}`
      : "use lowercase letters, digits and separators (. _ __ -) between slashes";
    throw bad(text, `"${path}" is not a repository name`, hint);
  }
  return { host, path };
}

function bad(text: string, why: string, hint: string): UsageError {
  return new UsageError(`"${text}" is not an image reference: ${why}`, { hint });
}
