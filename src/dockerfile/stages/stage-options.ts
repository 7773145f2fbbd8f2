import type { Platform } from "../../oci/platform.ts";
import type { BaseConfig } from "./triggers.ts";

export interface StageOptions {
  /** A stage's name; the last stage where it is not given. */
  readonly target?: string | undefined;
  /** Build arguments, as they are given to the build. */
  readonly args: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** The value of BUILDPLATFORM, which the engine is held to; the target's if it is not given. */
  readonly buildPlatform?: Platform | undefined;
  /** The named contexts that the build is given: `--build-context name=address`. */
  readonly contexts?: Readonly<Record<string, string>>;
  /**
   * What is known of an image that a stage is built on, on a platform. The image is named as FROM
   * names it; one that is a named context, by its reference or its `oci-layout://` address.
   */
  readonly baseConfig?: (ref: string, platform: string) => BaseConfig | undefined;
}
