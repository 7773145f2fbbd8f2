import { expect, test } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { pinsForEngine, resolvePins } from "./pins.ts";
import type { Pin } from "./plan.ts";

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

test("base images become named contexts, the syntax image a build argument", () => {
  const pins: Pin[] = [
    { kind: "image", ref: "busybox:1", resolved: digest },
    { kind: "image", ref: "ghcr.io/acme/base", resolved: digest },
    { kind: "syntax", ref: "docker/dockerfile:1", resolved: digest },
  ];
  expect(pinsForEngine(pins)).toEqual({
    contexts: {
      "busybox:1": `docker-image://docker.io/library/busybox:1@${digest}`,
      "ghcr.io/acme/base": `docker-image://ghcr.io/acme/base:latest@${digest}`,
    },
    args: { BUILDKIT_SYNTAX: `docker.io/docker/dockerfile:1@${digest}` },
  });
});

test("what was not resolved, or names its digest, goes to the engine as written", () => {
  const pins: Pin[] = [
    { kind: "image", ref: "gone:1", resolved: null, note: "no" },
    { kind: "image", ref: `busybox@${digest}`, resolved: digest },
    { kind: "http", ref: "https://x/y", resolved: null },
  ];
  expect(pinsForEngine(pins)).toEqual({ contexts: {}, args: {} });
});
