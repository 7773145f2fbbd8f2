import { parseReference } from "../oci/reference.ts";

/**
 * The shortest name of an image, by which named contexts are matched (BuildKit: frontend/dockerui):
 * `docker.io/library/alpine:latest` is `alpine`. A text that is not a reference is returned
 * unchanged.
 */
export function familiarName(text: string): string {
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = parseReference(text);
  } catch {
    return text;
  }
  const { host, path, tag, digest } = reference;
  const library = path.startsWith("library/") && path.indexOf("/", 8) < 0;
  const name = host !== "docker.io" ? `${host}/${path}` : library ? path.slice(8) : path;
  const tagged = tag === undefined || (tag === "latest" && digest === undefined) ? "" : `:${tag}`;
  return `${name}${tagged}${digest === undefined ? "" : `@${digest}`}`;
}
