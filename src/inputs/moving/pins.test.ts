import { expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { isFixed, movingContext, resolvePins } from "./pins.ts";

const digest = digestOf("a");

test("each moving input is resolved once", async () => {
  const asked: string[] = [];
  const pins = await resolvePins(
    [
      { kind: "image", ref: "busybox:1" },
      { kind: "image", ref: "busybox:1" },
      { kind: "syntax", ref: "busybox:1" },
    ],
    (kind, ref) => {
      asked.push(`${kind} ${ref}`);
      return Promise.resolve(
        kind === "image" ? { resolved: digest } : { resolved: null, note: "no" },
      );
    },
  );
  expect(asked).toEqual(["image busybox:1", "syntax busybox:1"]);
  expect(pins).toEqual([
    { kind: "image", ref: "busybox:1", resolved: digest },
    { kind: "syntax", ref: "busybox:1", resolved: null, note: "no" },
  ]);
});

test.each([
  ["docker-image://alpine:3", { kind: "image", ref: "alpine:3" }],
  ["oci-layout://base:1", { kind: "layout", ref: "oci-layout://base:1" }],
  ["https://host/x.git#main", { kind: "git", ref: "https://host/x.git#main" }],
  ["github.com/acme/app", { kind: "git", ref: "github.com/acme/app" }],
  ["https://host/x.tar.gz", { kind: "http", ref: "https://host/x.tar.gz" }],
  ["assets", undefined],
])("a named context moves unless it is a folder: %s", (value, moving) => {
  expect(movingContext(value)).toEqual(moving);
});

test("a checksum pins a source only if it is complete", () => {
  const sha256 = `sha256:${"0".repeat(64)}`;
  expect(isFixed({ kind: "http", checksum: sha256 })).toBe(true);
  expect(isFixed({ kind: "http", checksum: undefined })).toBe(false);
  expect(isFixed({ kind: "git", checksum: "a".repeat(40) })).toBe(true);
  expect(isFixed({ kind: "git", checksum: "aaaaaaa" })).toBe(false);
});
