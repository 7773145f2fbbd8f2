import { join } from "node:path";
import { algorithmOf, type Digest, hexOf } from "../../oci/digest.ts";

/**
 * Where things stand below a root:
 *
 *     journal/<number>      segments of the journal, in their order: what repositories have,
 *                           and the bytes of manifests and small blobs
 *     blobs/sha256/<hex>    each large blob once, whichever repositories have it
 *     uploads/<id>          what is on its way in or out; emptied at start
 *
 * The journal is the truth. A file among the blobs that it does not name is left over from a
 * crash, and goes at the next start.
 */
export interface Layout {
  readonly root: string;
  readonly journal: string;
  readonly blobs: string;
  readonly uploads: string;
}

export function layoutOf(root: string): Layout {
  return {
    root,
    journal: join(root, "journal"),
    blobs: join(root, "blobs"),
    uploads: join(root, "uploads"),
  };
}

/** `<folder>/sha256/<hex>`. */
export function digestPath(folder: string, digest: Digest): string {
  return `${folder}/${algorithmOf(digest)}/${hexOf(digest)}`;
}
