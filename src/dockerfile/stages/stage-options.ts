import type { Platform } from "../../oci/platform.ts";
import type { BaseConfig } from "./triggers.ts";

export interface StageOptions {
  /** A stage's name; by default the last stage. */
  readonly target?: string | undefined;
  /** Build arguments, as passed to the build. */
  readonly args: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** The value of BUILDPLATFORM, to which the engine is held; by default the target's. */
  readonly buildPlatform?: Platform | undefined;
  /** The named contexts of the build: `--build-context name=address`. */
  readonly contexts?: Readonly<Record<string, string>>;
  /**
   * What is known about an image that a stage is built on, for a platform. The image is named as
   * FROM names it, or, if it is a named context, by its reference or its `oci-layout://` address.
   */
  readonly baseConfig?: (ref: string, platform: string) => BaseConfig | undefined;
}
