import { describe, expect, it } from "vitest";
import { configOf, contextOf, targetOf, variantOf } from "../../test/support/configs.ts";
import { parseConfig } from "../../test/support/parse-config.ts";
import type { PublishTarget, TagRule } from "../config/config.ts";
import type { Context } from "../trust/context.ts";
import type { PlannedTarget } from "./plan.ts";
import { planVariant } from "./plan-variant.ts";
import { decideTrust } from "../trust/trust.ts";

const branch: TagRule = {
  type: "ref",
  event: "branch",
  enable: "true",
  prefix: undefined,
  suffix: undefined,
  priority: 600,
  named: false,
};
const tags = [branch];
const now = new Date("2026-11-21T04:00:00Z");

function plan(
  name: string,
  publish: readonly PublishTarget[],
  changes: Partial<Context> = {},
): ReturnType<typeof planVariant> {
  const variant = variantOf(name, { platforms: ["linux/arm64", "linux/amd64"], publish });
  const context = contextOf(changes);
  const trust = decideTrust(context, {
    claims: { default: undefined, release: [], writeOnTags: false },
    outside: {},
    write: false,
  });
  return planVariant(configOf(), variant, context, { now, trust });
}

function targets(...given: Parameters<typeof plan>): readonly PlannedTarget[] {
  return plan(...given).variant.targets;
}

describe("planVariant", () => {
  it("joins the variant's legs, in the config's order, under its targets' tags", () => {
    expect(plan("gpu", [targetOf("ghcr.io/acme/app", { tags, suffix: "-gpu" })])).toEqual({
      variant: {
        name: "gpu",
        legs: ["gpu/linux/arm64", "gpu/linux/amd64"],
        targets: [
          {
            repository: "ghcr.io/acme/app",
            tags: [{ tag: "main-gpu", order: "ancestry" }],
            shape: "index",
            annotations: {
              "org.opencontainers.image.created": "2026-11-21T03:00:00Z",
              "org.opencontainers.image.revision": "c".repeat(40),
              "org.opencontainers.image.source": "https://github.com/acme/app",
              "org.opencontainers.image.version": "main",
            },
          },
        ],
        previews: [],
      },
      warnings: [],
    });
  });

  it("uses one version for all targets, so that digests agree whatever the tag rules", () => {
    const raw: TagRule = { ...branch, type: "raw", value: "edge", priority: 900 };
    const published = targets("core", [
      targetOf("ghcr.io/acme/app", { tags }),
      targetOf("quay.io/acme/app", { tags: [raw] }),
      targetOf("docker.io/acme/app", { tags: [] }),
    ]);
    expect(published.map((target) => target.tags.map(({ tag }) => tag))).toEqual([
      ["main"],
      ["edge"],
      [],
    ]);
    const [first, ...others] = published.map(({ annotations }) => annotations);
    expect(first).toHaveProperty(["org.opencontainers.image.version"], "main");
    expect(others).toEqual([first, first]);
  });

  it("adds the target's suffix to the tags of rules that do not name the variant", () => {
    const named: TagRule = { ...branch, type: "raw", value: "gpu", named: true, priority: 200 };
    expect(
      targets("gpu", [targetOf("r.io/app", { tags: [branch, named], suffix: "-gpu" })]),
    ).toEqual([
      expect.objectContaining({
        tags: [
          { tag: "main-gpu", order: "ancestry" },
          { tag: "gpu", order: "ancestry" },
        ],
      }),
    ]);
  });

  it.each([
    ["type=ref,event=branch", [], ["main-full"]],
    ["type=raw,value={name}", [], ["full"]],
    ["type=raw,value={name}", ["latest=true"], ["full", "latest-full"]],
    ["type=ref,event=branch", ["latest=true", "suffix=.{name}"], ["main.full", "latest-full"]],
    [
      "type=ref,event=branch",
      ["latest=true", "suffix=.{name},onlatest=true"],
      ["main.full", "latest.full"],
    ],
    ["type=semver,pattern={{version}},value={version}", ["latest=false"], ["1.2.3-full"]],
    ["type=sha", ["prefix={name}-"], ["sha-ccccccc-full"]],
  ])("adds the suffix as documented: %s, %j", (rule, flavor, expected) => {
    const publish = { repository: "r.io/app", tags: [rule], flavor };
    const matrix = { version: ["1.2.3"] };
    const text = JSON.stringify({ variants: { full: { matrix, name: "full", publish } } });
    const { variants } = parseConfig(text, "layerkeep.yml", {});
    const planned = targets("full", variants[0]?.publish ?? []);
    expect(planned.map((target) => target.tags.map(({ tag }) => tag))).toEqual([expected]);
  });

  it("prefers the config's annotations to the context's", () => {
    const annotations = { "org.opencontainers.image.source": "https://example.com", a: "b" };
    const [target] = targets("core", [targetOf("r.io/app", { annotations, shape: "manifest" })]);
    expect(target).toMatchObject({ shape: "manifest", annotations });
    expect(target?.annotations).toHaveProperty(["org.opencontainers.image.revision"]);
  });

  it("omits annotations that the context has no value for", () => {
    const unknown = { source: undefined, head: "", commit: "", commitDate: undefined };
    expect(targets("core", [targetOf("r.io/app")], unknown)).toEqual([
      { repository: "r.io/app", tags: [], shape: "index", annotations: {} },
    ]);
  });

  it("gives an untrusted run no tags, even if its branch's name is not a valid tag", () => {
    const feature = { ref: "refs/heads/-/ü", branch: "-/ü" };
    expect(targets("core", [targetOf("r.io/app", { tags })], feature)).toMatchObject([
      { tags: [] },
    ]);
  });

  it("has no targets if nothing is published", () => {
    expect(targets("core", [])).toEqual([]);
  });
});
