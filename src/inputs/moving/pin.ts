import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";

/** A moving input as plan found it. */
export interface Pin {
  readonly kind: "image" | "syntax" | "layout" | "http" | "git";
  /** As written: `busybox:1`, `docker/dockerfile:1`, `oci-layout://base`, a URL. */
  readonly ref: string;
  /**
   * The digest or commit; null if it could not be resolved: the engine then gets `ref` as written.
   */
  readonly resolved: string | null;
  readonly note?: string;
  /** For a base image whose config was read, by platform: what it adds to a Dockerfile. */
  readonly configs?: Readonly<Record<string, BaseConfig>>;
}
