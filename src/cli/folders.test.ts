import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "./folders.ts";

const own = join(homedir(), ".cache/layerkeep");

test.each([
  [undefined, own],
  ["", own],
  ["/var/cache/me", "/var/cache/me/layerkeep"],
  // The specification says to ignore them.
  ["cache", own],
  ["./cache", own],
])("with XDG_CACHE_HOME=%s the cache folder is %s", (base, folder) => {
  expect(cacheFolder({ XDG_CACHE_HOME: base })).toBe(folder);
});
