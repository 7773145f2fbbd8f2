import { describe, expect, it } from "vitest";
import { configOf, contextOf, targetOf, variantOf } from "../../../test/support/configs.ts";
import { planOf } from "../../../test/support/plans.ts";
import { parseTagRule } from "../../config/publish/tag-rule.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Context, Trust } from "../../trust/context.ts";
import type { Plan } from "../plan.ts";
import { planVariant } from "../plan-variant.ts";
import {
  hasPreviews,
  keepPreviews,
  namePreview,
  refusePreviewImages,
  withPreviewTargets,
} from "./previews.ts";

const now = new Date("2026-11-21T04:00:00Z");
const preview = "quay.io/acme/previews";
const pullRequest = contextOf({
  event: "pull_request",
  ref: "refs/pull/7/merge",
  branch: undefined,
  pullRequest: { number: 7, fork: true },
});
const made = planOf({
  cache: parseRepository("ghcr.io/acme/cache"),
  targets: ["ghcr.io/acme/app"],
  platforms: ["linux/amd64"],
});
const untrusted: Trust = {
  level: "untrusted",
  reason: "a test",
  writesCaches: false,
  writesLegs: false,
  publishes: false,
  writesScratch: true,
  secrets: false,
};

/** The plan of a variant `app` with a preview. */
function planned(trust: Trust, context: Context = pullRequest): Plan {
  const variant = variantOf("app", {
    preview: [targetOf(preview, { suffix: "-app", tags: [parseTagRule("type=ref,event=pr")] })],
  });
  const config = configOf({ variants: [variant] });
  const variants = [planVariant(config, variant, context, { now, trust }).variant];
  const legs = made.legs.map((leg) => namePreview(leg, variants, { context }));
  return { ...made, context, trust, variants, legs };
}

describe("previews in a plan", () => {
  it("name the pull request, its legs and the time", () => {
    const { variants, legs } = planned(untrusted);
    expect(variants[0]?.previews).toMatchObject([
      {
        repository: preview,
        tags: [{ tag: "pr-7-app" }],
        annotations: { "org.layerkeep.preview.published": "2026-11-21T04:00:00.000Z" },
      },
    ]);
    const hex = made.legs[0]?.input.digest.slice(7, 47) ?? "";
    expect(legs[0]?.preview).toBe(`${preview}:pr-7--leg-app-amd64-${hex}`);
  });

  it.each<[string, Trust]>([
    ["a trusted run", made.trust],
    ["a local run that may write", { ...untrusted, level: "local" }],
    ["an untrusted run that may write nothing", { ...untrusted, writesScratch: false }],
  ])("are not in the plan of %s", (_, trust) => {
    const plan = planned(trust);
    expect(plan.variants[0]?.previews).toEqual([]);
    expect(plan.legs[0]?.preview).toBeNull();
    expect(hasPreviews(plan)).toBe(false);
    expect(withPreviewTargets(plan)).toBe(plan);
  });

  it("count for nothing in a plan that says it is trusted", () => {
    const forged = { ...planned(untrusted), trust: made.trust };
    expect(hasPreviews(forged)).toBe(false);
    expect(withPreviewTargets(forged).variants[0]?.targets).toEqual([]);
  });

  it("are not staged without a tag", () => {
    const plan = planned(untrusted, contextOf({ branch: "topic" }));
    expect(plan.variants[0]?.previews).toMatchObject([{ repository: preview, tags: [] }]);
    expect(plan.legs[0]?.preview).toBeNull();
  });

  it("replace the targets, and can be left out", () => {
    const plan = planned(untrusted);
    expect(withPreviewTargets(plan).variants[0]?.targets).toEqual(plan.variants[0]?.previews);
    const none = keepPreviews(plan, () => false);
    expect(none.variants[0]?.previews).toEqual([]);
    expect(none.legs[0]?.preview).toBeNull();
  });
});

describe("an image that a build reads", () => {
  const config = configOf({ variants: [variantOf("app", { preview: [targetOf(preview)] })] });
  const read = (ref: string) => () => refusePreviewImages(config, [{ kind: "image", ref }]);

  it.each([`${preview}:pr-7`, `${preview}@sha256:${"a".repeat(64)}`, `${preview}/below:1`])(
    "is not a preview: %s",
    (ref) => {
      const message = `a build uses the image ${ref}, but ${preview} is a preview repository`;
      expect(read(ref)).toThrow(message);
    },
  );

  it("may have a name that begins alike", () => {
    expect(read(`${preview}-base:1`)).not.toThrow();
    expect(read("busybox")).not.toThrow();
  });
});
