import { stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { algorithmOf, type Digest, hexOf } from "../../oci/digest.ts";

/** The annotation that holds a manifest's tag in an OCI image layout (OCI image spec 1.1, annotations.md). */
export const refName = "org.opencontainers.image.ref.name";

/** The path of a blob in a layout. */
export function blobFile(folder: string, digest: Digest): string {
  return join(folder, "blobs", algorithmOf(digest), hexOf(digest));
}

/** A file's size in bytes; undefined if it does not exist. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
