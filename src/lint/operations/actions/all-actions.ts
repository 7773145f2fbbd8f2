import { download, upload } from "./artifact.ts";
import { bake } from "./bake.ts";
import { buildPush } from "./build-push.ts";
import { login } from "./login.ts";
import type { ReadAction } from "./read-action.ts";

/** The actions that do something with images and caches. */
export const actionReaders: Readonly<Record<string, ReadAction>> = {
  "actions/download-artifact": download,
  "actions/upload-artifact": upload,
  "depot/bake-action": bake,
  "depot/build-push-action": buildPush,
  "docker/bake-action": bake,
  "docker/build-push-action": buildPush,
  "docker/login-action": login,
  "useblacksmith/build-push-action": buildPush,
};
