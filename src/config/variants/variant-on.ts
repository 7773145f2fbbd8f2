import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";

/** The variant as built on one platform, with the arguments for that platform. */
export function variantOn(variant: Variant, platform: Platform): Variant {
  const own = variant.platformArgs[formatPlatform(platform)];
  return own === undefined ? variant : { ...variant, args: { ...variant.args, ...own } };
}
