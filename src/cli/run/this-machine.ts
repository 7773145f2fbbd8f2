import { parsePlatform, type Platform } from "../../oci/platform.ts";

/** The platform that an engine on this machine most likely runs. */
export function thisMachine(): Platform {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm: "arm/v7", ppc64: "ppc64le" };
  const { arch } = process;
  return parsePlatform(`linux/${names[arch] ?? arch}`);
}
