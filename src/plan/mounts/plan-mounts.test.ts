import { describe, expect, it } from "vitest";
import { configOf, contextOf, variantOf } from "../../../test/support/configs.ts";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { readStages } from "../../dockerfile/stages/stages.ts";
import { recipeOf } from "../../inputs/recipe.ts";
import { parsePlatform } from "../../oci/platform.ts";
import type { Trust } from "../../trust/context.ts";
import type { PlannedMount } from "../plan.ts";
import { planMounts } from "./plan-mounts.ts";

const trusted: Trust = {
  level: "trusted",
  reason: "",
  writesCaches: true,
  writesLegs: true,
  publishes: true,
  writesScratch: false,
  secrets: true,
};
const platform = parsePlatform("linux/arm64");

function plan(
  text: string,
  wanted: true | readonly string[],
  { args = {}, trust = trusted, context = contextOf({ branch: "main" }) } = {},
) {
  const stages = readStages(parseDockerfile(text, "Dockerfile"), { args, platform });
  const variant = variantOf("app", { platforms: ["linux/arm64"] });
  const recipe = recipeOf(configOf(), variant, platform, platform);
  const scope = { context, trust, defaultBranch: "main", repository: "ghcr.io/acme/cache" };
  return planMounts(wanted, { recipe, stages, args }, scope);
}

const plain: PlannedMount = {
  id: "ccache",
  sharing: "shared",
  uid: null,
  gid: null,
  mode: null,
  stage: 0,
  from: ["mount-ccache-linux-arm64"],
  to: "mount-ccache-linux-arm64",
};
const ccache = "FROM a\nRUN --mount=type=cache,id=ccache,target=/root/.ccache make\n";

describe("planMounts", () => {
  it("takes all mounts, or those of an id or a target, each once", () => {
    const other = "RUN --mount=type=cache,dst=/go/ --mount=type=cache,id=ccache,target=/b ls\n";
    const go = {
      ...plain,
      id: "/go",
      from: ["mount-/go-linux-arm64"],
      to: "mount-/go-linux-arm64",
    };
    expect(plan(ccache + other, true).mounts).toEqual([plain, go]);
    expect(plan(ccache + other, ["/go"]).mounts).toEqual([go]);
    expect(plan(ccache + other, ["/root/.ccache"]).mounts).toEqual([plain]);
    expect(plan(ccache + other, []).mounts).toEqual([]);
  });

  it("names a mount by what its variables are, by its owner and by its namespace", () => {
    const text = `FROM a
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/a,sharing=locked,uid=7,mode=0700 ls
`;
    const args = { BUILDKIT_CACHE_MOUNT_NS: "team" };
    const key = "mount-team:apt-arm64-7:0:0700-linux-arm64";
    expect(plan(text, true, { args }).mounts).toEqual([
      {
        ...plain,
        id: "apt-arm64",
        sharing: "locked",
        uid: "7",
        mode: "0700",
        from: [key],
        to: key,
      },
    ]);
  });

  it("finds the stage whose image the mount's stage is built on", () => {
    const text = `FROM scratch AS no
FROM golang AS base
FROM base AS tools
FROM tools
RUN --mount=type=cache,id=ccache,target=/c ls
`;
    expect(plan(text, true).mounts).toEqual([{ ...plain, stage: 1 }]);
  });

  it("reads the branch's caches and writes only if the run may write caches", () => {
    const branch = { context: contextOf({ branch: "release-1" }) };
    expect(plan(ccache, true, branch).mounts).toMatchObject([
      {
        from: ["mount-ccache-linux-arm64.release-1", "mount-ccache-linux-arm64"],
        to: "mount-ccache-linux-arm64.release-1",
      },
    ]);
    const trust: Trust = { ...trusted, level: "untrusted", writesCaches: false };
    const pull = { context: contextOf({ branch: undefined, baseBranch: "main" }), trust };
    expect(plan(ccache, true, pull).mounts).toEqual([{ ...plain, to: null }]);
  });

  it("says which name is not a mount's", () => {
    const message = "variant app: no cache mount has the id or the target ccahe";
    const problem = (hint: string) => ({
      problems: [{ message, hint, file: "Dockerfile" }],
    });
    const failing = (text: string) => {
      try {
        return plan(text, ["ccahe"]);
      } catch (error) {
        return error;
      }
    };
    expect(failing(ccache)).toMatchObject(problem("did you mean ccache?"));
    expect(failing("FROM a\nRUN --mount=type=cache,target=/go ls\n")).toMatchObject(
      problem("the cache mounts are /go"),
    );
    expect(failing("FROM a\n")).toMatchObject(
      problem("the stages that are built have no RUN --mount=type=cache"),
    );
  });

  it("does not keep a mount that the builder fills, or with an id that could not be written", () => {
    const filled = "FROM a AS b\nFROM a\nRUN --mount=type=cache,from=b,target=/c ls\n";
    expect(plan(filled, true)).toEqual({
      mounts: [],
      warnings: ["app: the cache mount /c is not kept: it has from=, so the builder fills it"],
    });
    expect(() => plan(filled, ["/c"])).toThrow(
      "the cache mount /c cannot be kept: it has from=, so the builder fills it",
    );
    expect(plan('FROM a\nRUN --mount=type=cache,"id=a b",target=/c ls\n', true).mounts).toEqual([]);
  });
});
