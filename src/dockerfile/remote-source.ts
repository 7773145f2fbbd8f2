import { UsageError } from "../errors.ts";
import { parseGoBool } from "./check/go-values.ts";
import { cleanPath } from "./expand/pattern.ts";

/** sshutil's scp-style address: `user@host:path`, where the path may be absolute. */
const scp = /^[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:/;

/**
 * Whether a source of ADD, or a build context, is remote, by BuildKit's rules (util/gitutil,
 * ParseURL; frontend/dockerfile/dfgitutil): `git://`, `ssh://`, `user@host:path`, an HTTP address
 * whose path ends with `.git`, and any other HTTP address. Undefined for a local path.
 */
export function remoteKind(source: string): "http" | "git" | undefined {
  const scheme = /^([a-zA-Z0-9]+):\/\//.exec(source)?.[1]?.toLowerCase();
  if (scheme === "git" || scheme === "ssh") return "git";
  if (scheme === "http" || scheme === "https") {
    if (pathOf(source).endsWith(".git")) return "git";
    // Only a lowercase scheme is HTTP; any other is a local path.
    return /^https?:\/\//.test(source) ? "http" : undefined;
  }
  return scheme === undefined && scp.test(source) ? "git" : undefined;
}

/** Whether a build context is not a folder on this machine. `-` (stdin) is not one either. */
export function isRemoteContext(context: string): boolean {
  return (
    remoteKind(context) !== undefined ||
    context === "-" ||
    /^(?:docker-image|oci-layout|target):/.test(context) ||
    // Only a build context may omit the protocol.
    context.startsWith("github.com/")
  );
}

/** A git address and the text after its first `#`: a ref may contain another `#`. */
export function splitFragment(url: string): {
  readonly address: string;
  readonly fragment: string;
} {
  const at = url.indexOf("#");
  return at < 0
    ? { address: url, fragment: "" }
    : { address: url.slice(0, at), fragment: url.slice(at + 1) };
}

/**
 * The parameters in a git address's query: `ref`, `tag`, `branch`, `subdir`, `checksum` or
 * `commit`, `keep-git-dir`, `submodules`, `mtime`, `fetch-by-commit` (dfgitutil, loadQuery). Throws
 * a usage error, without a place, for parameters that BuildKit refuses.
 */
export function parseGitQuery(source: string): ReadonlyMap<string, string> {
  const { address, fragment } = splitFragment(source);
  const [ref = "", folder = ""] = fragment.split(/:([^]*)/, 2);
  const mark = address.indexOf("?");
  const query = new URLSearchParams(mark < 0 ? "" : address.slice(mark + 1));
  const found = new Map<string, string>();
  for (const [name, value] of query) {
    if (found.has(name)) throw badQuery(source, `${name} is set twice`);
    found.set(name, value);
    const isBoolean = booleans.includes(name);
    if (!isBoolean && !texts.includes(name)) throw badQuery(source, `unknown parameter ${name}`);
    if (value === "" && !isBoolean) throw badQuery(source, `${name} has no value`);
    if (isBoolean && value !== "" && parseGoBool(value) === undefined) {
      throw badQuery(source, `${name} must be true or false`);
    }
    if (name === "mtime" && value !== "checkout" && value !== "commit") {
      throw badQuery(source, "mtime must be checkout or commit");
    }
  }
  checkConflicts(source, found, { ref, subdir: cleanPath(`/${folder}`).slice(1) });
  return found;
}

const booleans = ["submodules", "keep-git-dir", "fetch-by-commit"];
const texts = ["ref", "tag", "branch", "subdir", "checksum", "commit", "mtime"];

function checkConflicts(
  source: string,
  query: ReadonlyMap<string, string>,
  fragment: { readonly ref: string; readonly subdir: string },
): void {
  const subdir = query.get("subdir");
  if (subdir !== undefined && fragment.subdir !== "" && subdir !== fragment.subdir) {
    throw badQuery(source, "it specifies two different folders");
  }
  const full = (name: string, prefix: string): string | undefined => {
    const value = query.get(name);
    return value === undefined || value.startsWith(prefix) ? value : `${prefix}${value}`;
  };
  const refs = [
    fragment.ref === "" ? undefined : fragment.ref,
    query.get("ref"),
    full("tag", "refs/tags/"),
    full("branch", "refs/heads/"),
  ].filter((ref) => ref !== undefined);
  if (new Set(refs).size > 1)
    throw badQuery(source, `it specifies multiple refs: ${refs.join(" and ")}`);
}

/** The path of an address, decoded as Go's url.Parse does it. */
function pathOf(address: string): string {
  const path = address.replace(/^[^:]*:\/\/[^/?#]*/, "").replace(/[?#][^]*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function badQuery(source: string, why: string): UsageError {
  return new UsageError(`invalid git address ${source}: ${why}`);
}
