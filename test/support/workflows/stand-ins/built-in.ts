import { downloadArtifact, uploadArtifact } from "./artifacts.ts";
import { cache, restoreCache, saveCache } from "./cache.ts";
import { checkout } from "./checkout.ts";
import { dockerLogin, setupBuildx, setupQemu } from "./docker.ts";
import type { StandIn } from "./stand-in.ts";

/** The actions that run inside this process, from what their documentation says. */
export const builtIn: Readonly<Record<string, StandIn>> = {
  "actions/checkout": checkout,
  "actions/upload-artifact": uploadArtifact,
  "actions/download-artifact": downloadArtifact,
  "actions/cache": cache,
  "actions/cache/restore": (call) => void restoreCache(call),
  "actions/cache/save": saveCache,
  "docker/login-action": dockerLogin,
  "docker/setup-buildx-action": setupBuildx,
  "docker/setup-qemu-action": setupQemu,
};
