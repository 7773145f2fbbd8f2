import { describe, expect, test } from "vitest";
import { parseRoute } from "./route.ts";

const digest = `sha256:${"a".repeat(64)}` as const;

describe("parseRoute", () => {
  test.each([
    ["/v2/", { kind: "base" }],
    ["/v2", { kind: "base" }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/v2/acme/app/blobs/uploads/", { kind: "uploads", name: "acme/app" }],
    ["/v2/acme/app/blobs/uploads", { kind: "uploads", name: "acme/app" }],
    ["/v2/app/blobs/uploads/1-2", { kind: "upload", name: "app", id: "1-2" }],
    [`/v2/app/blobs/${digest}`, { kind: "blob", name: "app", digest }],
    [`/v2/app/blobs/${digest.replace(":", "%3A")}`, { kind: "blob", name: "app", digest }],
    [
      "/v2/app/manifests/v1",
      { kind: "manifest", name: "app", manifest: { kind: "tag", tag: "v1" } },
    ],
    [
      `/v2/app/manifests/${digest}`,
      { kind: "manifest", name: "app", manifest: { kind: "digest", digest } },
    ],
    ["/v2/app/tags/list", { kind: "tags", name: "app" }],
    ["/v2/tags/list/tags/list", { kind: "tags", name: "tags/list" }],
    [
      "/v2/a/blobs/uploads/manifests/v1",
      { kind: "manifest", name: "a/blobs/uploads", manifest: { kind: "tag", tag: "v1" } },
    ],
    [`/v2/app/referrers/${digest}`, { kind: "referrers", name: "app", subject: digest }],
  ])("reads %s", (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  test.each([
    ["/v2/../etc/tags/list", 400, "NAME_INVALID"],
    ["/v2/a/../b/tags/list", 400, "NAME_INVALID"],
    ["/v2/a/%2e%2e/b/tags/list", 400, "NAME_INVALID"],
    ["/v2/a%2f..%2fb/tags/list", 400, "NAME_INVALID"],
    ["/v2/a//b/tags/list", 400, "NAME_INVALID"],
    ["/v2/App/tags/list", 400, "NAME_INVALID"],
    ["/v2/_blobs/tags/list", 400, "NAME_INVALID"],
    ["/v2/%ff/tags/list", 400, "NAME_INVALID"],
    [`/v2/${"a".repeat(300)}/tags/list`, 400, "NAME_INVALID"],
    ["/v2/app/manifests/..", 400, "TAG_INVALID"],
    ["/v2/app/manifests/.hidden", 400, "TAG_INVALID"],
    [`/v2/app/manifests/${"t".repeat(129)}`, 400, "TAG_INVALID"],
    ["/v2/app/manifests/sha256:12", 400, "DIGEST_INVALID"],
    ["/v2/app/blobs/md5:aaaa", 400, "DIGEST_INVALID"],
    ["/v2/app/blobs/..", 400, "DIGEST_INVALID"],
    ["/v2/app/tags/all", 404, "UNSUPPORTED"],
    ["/v2/app/", 404, "UNSUPPORTED"],
    ["/v1/search", 404, "UNSUPPORTED"],
    ["/", 404, "UNSUPPORTED"],
    ["*", 404, "UNSUPPORTED"],
  ])("refuses %s", (path, status, code) => {
    expect(() => parseRoute(path)).toThrow(expect.objectContaining({ status, code }));
  });
});
