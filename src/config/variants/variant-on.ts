import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";

/** The variant as it is built on one platform: with the arguments that this platform has alone. */
export function variantOn(variant: Variant, platform: Platform): Variant {
  const own = variant.platformArgs[formatPlatform(platform)];
  return own === undefined ? variant : { ...variant, args: { ...variant.args, ...own } };
}
