import { formatPlatform, type Platform } from "../../oci/platform.ts";

/** What BuildKit's predefined arguments are made of. */
export interface Predefined {
  readonly platform: Platform;
  readonly buildPlatform: Platform;
  /** The target stage's name; empty if it has none. */
  readonly target: string;
}

/**
 * The arguments that BuildKit sets before the first FROM (frontend/dockerfile/dockerfile2llb,
 * platform.go). A stage sees one only if it declares it.
 */
export function predefinedArgs(from: Predefined): ReadonlyMap<string, string> {
  return new Map([
    ...platformArgs("BUILD", from.buildPlatform),
    ...platformArgs("TARGET", from.platform),
    ["TARGETSTAGE", from.target === "" ? "default" : from.target],
  ]);
}

/** Whether an argument has a meaning even if no ARG declares it. */
export function isPredefinedArg(name: string): boolean {
  return (
    isProxyArg(name) ||
    isBuildkitArg(name) ||
    /^(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|^TARGETSTAGE$/.test(name)
  );
}

/** Whether an argument changes what BuildKit itself does: `SOURCE_DATE_EPOCH`, `BUILDKIT_…`. */
export function isBuildkitArg(name: string): boolean {
  return name === "SOURCE_DATE_EPOCH" || name.startsWith("BUILDKIT_");
}

/** Whether an argument only describes how to reach the network; it is not part of any cache key. */
export function isProxyArg(name: string): boolean {
  return /^(?:http|https|ftp|no|all)_proxy$/i.test(name);
}

function platformArgs(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
