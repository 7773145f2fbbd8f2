import { join } from "node:path";
import { algorithmOf, type Digest, hexOf, isDigest } from "../../oci/digest.ts";

/**
 * Where things stand below a root:
 *
 *     blobs/sha256/<hex>                              each blob once
 *     repositories/<name>/_blobs/sha256/<hex>         hard link: the repository has the blob
 *     repositories/<name>/_manifests/sha256/<hex>     a manifest's own bytes
 *     repositories/<name>/_tags/<tag>                 the digest that the tag names
 *     repositories/<name>/_referrers/sha256/<subject's hex>/sha256-<hex>   empty
 *     uploads/<id>                                    what is on its way; emptied at start
 *
 * No part of a repository's name starts with `_`. A blob whose link count is 1 is in no
 * repository.
 */
export interface Layout {
  readonly root: string;
  readonly uploads: string;
  readonly repositories: string;
  readonly blobs: string;
  repository(name: string): string;
}

export function layoutOf(root: string): Layout {
  const repositories = join(root, "repositories");
  return {
    root,
    uploads: join(root, "uploads"),
    repositories,
    blobs: join(root, "blobs"),
    repository: (name) => join(repositories, name),
  };
}

/** `<folder>/sha256/<hex>`. */
export function digestPath(folder: string, digest: Digest): string {
  return `${folder}/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** `sha256-<hex>`, for a digest as a file's name. */
export function digestFileName(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}`;
}

/** The digest of a file's name; undefined for files that are not ours. */
export function digestOfFileName(name: string): Digest | undefined {
  const digest = name.replace("-", ":");
  return isDigest(digest) ? digest : undefined;
}

/**
 * A tag as a file's name. Tags differ by case and some file systems do not tell cases apart, so
 * a tag with capitals is written in lower case with a mask of them in hexadecimal behind `!`,
 * which no tag contains.
 */
export function tagFileName(tag: string): string {
  let mask = 0n;
  for (let i = 0; i < tag.length; i++) if (isCapital(tag, i)) mask |= 1n << BigInt(i);
  return mask === 0n ? tag : `${tag.toLowerCase()}!${mask.toString(16)}`;
}

/** The tag of a file's name; undefined for files that are not ours. */
export function tagOfFileName(name: string): string | undefined {
  const [lower = "", hex, ...more] = name.split("!");
  if (hex === undefined) return lower;
  if (more.length > 0 || !/^[0-9a-f]{1,32}$/.test(hex)) return undefined;
  const mask = BigInt(`0x${hex}`);
  let tag = "";
  for (let i = 0; i < lower.length; i++) {
    const letter = lower.charAt(i);
    tag += ((mask >> BigInt(i)) & 1n) === 1n ? letter.toUpperCase() : letter;
  }
  return tag;
}

function isCapital(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 65 && code <= 90;
}
