import { join } from "node:path";
import { algorithmOf, type Digest, hexOf } from "../../oci/digest.ts";

/**
 * Where things stand below a root:
 *
 *     journal/<number>      segments of the journal, in their order: what repositories have,
 *                           and the bytes of manifests and small blobs
 *     blobs/sha256/<hex>    each large blob once, whichever repositories have it
 *     uploads/<id>          what is on its way in or out; emptied at start
 *     layerkeep-registry.json   the marker: that this is a registry, and the format's version
 *     set-aside/            what was found in these folders and is not the store's
 *     reserve               space that is given back when the disk is full: see `Reserve`
 *     lock-<number>, free-<number>   who has the root: see `lockRoot`
 *
 * The journal is the truth. A file among the blobs that it does not name is deleted at the next
 * start if it is known to be left over from a crash, and set aside otherwise.
 */
export interface Layout {
  readonly root: string;
  readonly journal: string;
  readonly blobs: string;
  readonly uploads: string;
  readonly marker: string;
  readonly setAside: string;
  readonly reserve: string;
}

export function layoutOf(root: string): Layout {
  return {
    root,
    journal: join(root, "journal"),
    blobs: join(root, "blobs"),
    uploads: join(root, "uploads"),
    marker: join(root, "layerkeep-registry.json"),
    setAside: join(root, "set-aside"),
    reserve: join(root, "reserve"),
  };
}

/** `<folder>/sha256/<hex>`. */
export function digestPath(folder: string, digest: Digest): string {
  return `${folder}/${algorithmOf(digest)}/${hexOf(digest)}`;
}
