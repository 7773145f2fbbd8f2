import { expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { choosePreviews } from "./choose-previews.ts";
import type { SurveyedTag } from "./survey.ts";

const now = Date.parse("2026-11-29T12:00:00Z");
const weekMs = 7 * 86_400_000;

function tagOf(
  tag: string,
  createdAt: string | null,
  more: Partial<SurveyedTag> = {},
): SurveyedTag {
  const digest = digestOf(tag);
  return {
    ...{ tag, digest, createdAt },
    kind: "preview",
    children: [],
    content: [{ digest, size: 10 }],
    size: { manifest: 10, config: 0 },
    records: [],
    problem: null,
    ...more,
  };
}

it("chooses previews that are older than their expires, and no others", () => {
  const shared = digestOf("a layer that pr-1 and pr-2 share");
  const tags = [
    tagOf("pr-1", "2026-11-22T12:00:00Z", { children: [shared, digestOf("own")] }),
    tagOf("pr-2", "2026-11-22T12:00:01Z", { children: [shared] }),
    tagOf("pr-3", "2026-11-30T11:00:00Z"),
    tagOf("pr-4", "2036-11-29T12:00:00Z"),
    tagOf("pr-5", null),
    tagOf("latest", "2020-01-01T00:00:00Z", { kind: "other" }),
  ];
  const { chosen, children, freed, left, warnings } = choosePreviews(tags, weekMs, now);
  expect(chosen.map(({ tag, reason }) => [tag, reason])).toEqual([
    ["pr-1", "published 7 days ago"],
    ["pr-4", "its publication time is in the future"],
  ]);
  expect(children).toEqual([digestOf("own")]);
  expect([freed, left]).toEqual([20, 40]);
  expect(warnings).toEqual([
    "not deleting pr-5 because it is not a preview or has no publication time",
    "not deleting latest because it is not a preview or has no publication time",
  ]);
});

it("keeps a tag that cannot be read, and says so", () => {
  const problem = "GET https://r.io/v2/previews/manifests/pr-6: 500";
  const tags = [tagOf("pr-6", null, { kind: "unreadable", problem })];
  expect(choosePreviews(tags, weekMs, now)).toMatchObject({
    chosen: [],
    warnings: [`not deleting pr-6 because it cannot be read: ${problem}`],
  });
});
