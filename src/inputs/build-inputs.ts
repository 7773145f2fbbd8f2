import type { FileFilter, Sbom, Variant } from "../config/config.ts";

/** How a leg is built, from the config. Pins and trust are applied when it is built. */
export interface BuildInputs {
  readonly dockerfile: string;
  /** The text of an inline Dockerfile, which has no file. */
  readonly dockerfileInline: string | null;
  readonly context: string;
  readonly target: string | null;
  /** Includes the refresh argument, if a reached stage declares it. */
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Named contexts, as written. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Globs that narrow the context, and filters that narrow which content of a file counts. */
  readonly inputs: readonly string[];
  readonly filters: readonly FileFilter[];
  /** References, never values. An untrusted run gets none of them. */
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  /** The platform of the build machine: the engine is held to it if the leg reads it. */
  readonly buildPlatform: string;
  readonly network: Variant["network"] | null;
  readonly shmSize: string | null;
  readonly ulimits: readonly string[];
  readonly allow: readonly string[];
  readonly addHosts: readonly string[];
  /** `auto`: `mode=max` in a trusted or local run, otherwise `mode=min`. */
  readonly provenance: Variant["provenance"];
  readonly sbom: Sbom;
}
