import { expect, it } from "vitest";
import { formatLayout, parseContextAddress } from "./context-address.ts";

it.each([
  ["docker-image://alpine:3", { kind: "image", ref: "alpine:3" }],
  ["oci-layout://lay", { kind: "layout", path: "lay", tag: undefined, digest: undefined }],
  [
    "oci-layout:///a:b/lay:1@sha256:0",
    { kind: "layout", path: "/a:b/lay", tag: "1", digest: "sha256:0" },
  ],
  ["https://host/x.git#main", { kind: "git", url: "https://host/x.git#main" }],
  ["github.com/acme/app", { kind: "git", url: "github.com/acme/app" }],
  ["https://host/x.tar", { kind: "http", url: "https://host/x.tar" }],
  ["../assets", { kind: "folder", path: "../assets" }],
  ["target:x", { kind: "other", text: "target:x" }],
  ["-", { kind: "other", text: "-" }],
])("%s", (value, address) => {
  expect(parseContextAddress(value)).toEqual(address);
});

it.each(["oci-layout://lay", "oci-layout:///l:1", "oci-layout://l:1@sha256:0"])(
  "formats a layout's address: %s",
  (value) => {
    const address = parseContextAddress(value);
    expect(address.kind === "layout" && formatLayout(address)).toBe(value);
  },
);
