import { type Digest, isDigest } from "../../oci/digest.ts";
import { isRepositoryPath, tagPattern } from "../../oci/reference.ts";
import { Refusal } from "./refusal.ts";

/** A tag or a digest of a manifest. */
export type ManifestName =
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "digest"; readonly digest: Digest };

/** What a path names: OCI distribution spec 1.1, "Endpoints". */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "blob"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly id: string }
  | { readonly kind: "manifest"; readonly name: string; readonly manifest: ManifestName }
  | { readonly kind: "tags"; readonly name: string }
  | { readonly kind: "referrers"; readonly name: string; readonly subject: Digest };

/**
 * Parses a path as it was in the request line. It is parsed from the end, since a repository may be
 * called `a/blobs` or `tags/list`. Nothing is normalized: `..` is an invalid name. Throws a refusal
 * if the path is not an endpoint or has an invalid name, tag or digest.
 */
export function parseRoute(rawPath: string): Route {
  const path = decode(rawPath);
  if (path === "/v2/" || path === "/v2") return { kind: "base" };
  if (path === "/v2/_catalog") return { kind: "catalog" };
  if (!path.startsWith("/v2/")) throw noEndpoint(path);
  const parts = path.slice("/v2/".length).split("/");
  const last = parts.pop() ?? "";
  const verb = parts.pop() ?? "";
  switch (verb) {
    case "manifests":
      return { kind: "manifest", name: nameOf(parts), manifest: manifestName(last) };
    case "tags":
      if (last !== "list") throw noEndpoint(path);
      return { kind: "tags", name: nameOf(parts) };
    case "referrers":
      return { kind: "referrers", name: nameOf(parts), subject: digestOf(last) };
    case "uploads":
      if (parts.pop() !== "blobs") throw noEndpoint(path);
      return last === ""
        ? { kind: "uploads", name: nameOf(parts) }
        : { kind: "upload", name: nameOf(parts), id: last };
    case "blobs":
      return last === "uploads"
        ? { kind: "uploads", name: nameOf(parts) }
        : { kind: "blob", name: nameOf(parts), digest: digestOf(last) };
    default:
      throw noEndpoint(path);
  }
}

/** Throws a refusal unless the text is a supported digest. */
export function digestOf(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Refusal(400, "DIGEST_INVALID", `"${shown(text)}" is not a sha256 or sha512 digest`);
}

/** Throws a refusal unless the text is a tag. */
export function tagOf(text: string): string {
  if (tagPattern.test(text)) return text;
  throw new Refusal(400, "TAG_INVALID", `"${shown(text)}" is not a tag`);
}

function manifestName(text: string): ManifestName {
  if (text.includes(":")) return { kind: "digest", digest: digestOf(text) };
  return { kind: "tag", tag: tagOf(text) };
}

function nameOf(parts: readonly string[]): string {
  const name = parts.join("/");
  if (isRepositoryPath(name)) return name;
  throw new Refusal(400, "NAME_INVALID", `"${shown(name)}" is not a repository name`);
}

function decode(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new Refusal(400, "NAME_INVALID", "the path is not percent-encoded UTF-8", { cause });
  }
}

function noEndpoint(path: string): Refusal {
  return new Refusal(404, "UNSUPPORTED", `"${shown(path)}" is not a registry endpoint`);
}

/** Client input, shortened and without control characters. */
function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return short.replace(/[^\x20-\x7e…]/g, "?");
}
