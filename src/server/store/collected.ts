import type { Removals } from "../collection/view.ts";

/** What a collection took from one repository. */
export interface Collected extends Removals {
  /** Bytes of the manifests and blobs that it took; what others still have takes its space still. */
  readonly bytes: number;
}
