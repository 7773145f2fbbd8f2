import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { ContextAddress } from "../dockerfile/context-address.ts";
import { FormatError } from "../errors.ts";
import { type Digest, digestOf, hexOf, isDigest } from "../oci/digest.ts";
import { type Descriptor, type Manifest, parseManifest } from "../oci/manifest.ts";

export type LayoutAddress = Extract<ContextAddress, { kind: "layout" }>;

/** The folder of an OCI layout's address; `root` is the config's folder. */
export function layoutFolder({ path }: LayoutAddress, root: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/**
 * The digest of the image that an OCI layout has under the address's tag, or of its only image (OCI
 * image spec 1.1, image-layout.md; buildx: build/build.go, resolveDigest). Undefined if there is
 * none.
 */
export async function resolveLayout(
  address: LayoutAddress,
  root: string,
): Promise<Digest | undefined> {
  if (address.digest !== undefined) return isDigest(address.digest) ? address.digest : undefined;
  const bytes = await readFile(join(layoutFolder(address, root), "index.json"));
  const { content, kind } = parseManifest(bytes, "application/vnd.oci.image.index.v1+json");
  if (kind !== "index")
    throw new FormatError(`the index.json in ${address.path} is not an OCI image index`);
  const wanted = address.tag ?? "latest";
  const named = content.manifests.find((one) => refNameOf(one) === wanted);
  const [only, ...others] = content.manifests;
  return (
    named?.digest ?? (others.length === 0 && address.tag === undefined ? only?.digest : undefined)
  );
}

/** Reads a manifest of a layout. Throws a format error if it does not match its digest. */
export async function readLayoutManifest(folder: string, digest: Digest): Promise<Manifest> {
  const bytes = await readLayoutBlob(folder, digest);
  const value: unknown = JSON.parse(bytes.toString("utf8"));
  const isTyped = typeof value === "object" && value !== null && "mediaType" in value;
  const mediaType = isTyped && typeof value.mediaType === "string" ? value.mediaType : undefined;
  const guessed =
    typeof value === "object" && value !== null && "manifests" in value ? "index" : "manifest";
  return parseManifest(bytes, mediaType ?? `application/vnd.oci.image.${guessed}.v1+json`);
}

/** Reads a blob of a layout. Throws a format error if it does not match its digest. */
export async function readLayoutBlob(folder: string, digest: Digest): Promise<Buffer> {
  const bytes = await readFile(layoutBlobPath(folder, digest));
  if (digestOf(bytes) === digest) return bytes;
  throw new FormatError(`${folder} contains content that does not match ${digest}`);
}

/** The file of a blob in a layout. */
export function layoutBlobPath(folder: string, digest: Digest): string {
  return join(folder, "blobs", "sha256", hexOf(digest));
}

/** The name of a manifest in its layout: its tag. */
function refNameOf({ annotations = {} }: Descriptor): string | undefined {
  return annotations["org.opencontainers.image.ref.name"];
}
