import { expect, it } from "vitest";
import type { CacheRef } from "../../plan/plan.ts";
import { describeCache, failedExports } from "./failed-exports.ts";

const a: CacheRef = { type: "registry", attributes: { ref: "h:5/team/a:one" } };
const b: CacheRef = { type: "registry", attributes: { ref: "h:5/team/b:one" } };
const gha: CacheRef = { type: "gha", attributes: { scope: "app", mode: "max" } };
const inline: CacheRef = { type: "inline", attributes: {} };

const toRegistry = (error?: string) =>
  ({ name: "exporting cache to registry", type: "registry", skipped: false, error }) as const;
const toGithub = (error?: string) =>
  ({ name: "exporting to GitHub Actions Cache", type: "gha", skipped: false, error }) as const;

it("names a cache as users know it", () => {
  expect([a, gha, inline].map(describeCache)).toEqual([
    "h:5/team/a:one",
    "type=gha,scope=app",
    "type=inline",
  ]);
});

it.each([
  ["nothing failed", [toRegistry(), toRegistry(), toGithub()], [], undefined],
  [
    "the only one of its type",
    [toRegistry(), toRegistry(), toGithub("no")],
    [[gha, "no"]],
    undefined,
  ],
  [
    "the one named in the error",
    [toRegistry("PUT http://h:5/v2/team/b/manifests/one: 403"), toRegistry(), toGithub()],
    [[b, "PUT http://h:5/v2/team/b/manifests/one: 403"]],
    undefined,
  ],
  [
    "all of its type",
    [toRegistry("x"), toRegistry("y"), toGithub()],
    [
      [a, "x"],
      [b, "y"],
    ],
    undefined,
  ],
  ["one of two, unknown which", [toRegistry("x"), toRegistry(), toGithub()], [], "x"],
  [
    "one that was never reported",
    [toRegistry(), toRegistry()],
    [[gha, "the engine did not confirm that it was written"]],
    undefined,
  ],
] as const)("finds which of several caches was not written: %s", (_, reported, of, unassigned) => {
  const found = failedExports([a, b, gha, inline], reported);
  expect([...found.of]).toEqual(of);
  expect(found.unassigned).toBe(unassigned);
});
