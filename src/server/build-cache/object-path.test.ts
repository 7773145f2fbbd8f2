import { expect, it } from "vitest";
import { parseObjectPath } from "./object-path.ts";

it.each(["/..", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a\\b", "/a/\0", "/CON:"])(
  "%s names no object",
  (path) => {
    expect(parseObjectPath(path)).toBeUndefined();
  },
);

it("knows the hash of Bazel's content, below any prefix, and of nothing else", () => {
  const hash = "0f".repeat(32);
  expect(parseObjectPath(`/team/cas/${hash}`)).toEqual({ path: `team/cas/${hash}`, sha256: hash });
  for (const path of [`ac/${hash}`, "cas/short", "cas", hash]) {
    expect(parseObjectPath(`/${path}`)).toEqual({ path, sha256: undefined });
  }
  expect(parseObjectPath("/a/b/")).toEqual({ path: "a/b", sha256: undefined });
});
