import { download, upload } from "./artifact.ts";
import { bake } from "./bake.ts";
import { buildPush } from "./build-push.ts";
import { cache, restoreCache, saveCache } from "./cache.ts";
import { login } from "./login.ts";
import type { ReadAction } from "./read-action.ts";

/** The actions that do something with images and caches. */
export const actionReaders: Readonly<Record<string, ReadAction>> = {
  "actions/cache": cache,
  "actions/cache/restore": restoreCache,
  "actions/cache/save": saveCache,
  "actions/download-artifact": download,
  "actions/upload-artifact": upload,
  "docker/bake-action": bake,
  "docker/build-push-action": buildPush,
  "docker/login-action": login,
  "docker/setup-qemu-action": ({ span }) => [{ kind: "emulation", span }],
};
