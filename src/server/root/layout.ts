import { join } from "node:path";
import { algorithmOf, type Digest, hexOf } from "../../oci/digest.ts";

/**
 * The files below a root:
 *
 *     journal/<number>      segments of the journal, in order: what repositories have,
 *                           and the bytes of manifests and small blobs
 *     blobs/sha256/<hex>    each large blob once, whichever repositories have it
 *     uploads/<id>          temporary files; emptied at start
 *     layerkeep-registry.json   the marker: that this is a registry, and the format's version
 *     set-aside/            files in these folders that did not belong to the store
 *     reserve               space that is freed when the disk is full: see `Reserve`
 *     lock-<number>, free-<number>   who holds the root: see `lockRoot`
 *
 * The journal is authoritative. A blob file that it does not name is deleted at the next
 * start if it is known to be left over from a crash, and otherwise set aside.
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
