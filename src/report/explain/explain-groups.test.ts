import { describe, expect, it } from "vitest";
import type { LegExplanation } from "../../pipeline/explain/explain-leg.ts";
import { renderExplanations } from "./explain-report.ts";

const moved = { code: "first-build", text: "the base image node:22 moved" } as const;
const edited = { code: "first-build", text: "server/main.go changed" } as const;

function explained(leg: string, causes: LegExplanation["causes"], seconds = 60): LegExplanation {
  return {
    ...{ leg, action: "build", summary: causes[0]?.text ?? "", causes, inputs: null },
    ...{ caches: [], notes: [] },
    last: {
      startedAt: "2026-11-29T08:00:00Z",
      ...{ seconds, result: "built", commit: "", run: null, recorded: "log" },
      ...{ steps: { cached: 1, all: 2 }, cold: leg === "v1/linux/amd64", missed: [], cost: 0 },
      failure: null,
    },
  };
}

describe("many legs", () => {
  const many = Array.from({ length: 12 }, (_, at) => explained(`v${at}/linux/amd64`, [moved]));

  it("with the same causes are one paragraph, and each other leg has its own", () => {
    expect(
      renderExplanations([explained("server/linux/amd64", [edited]), ...many], 13),
    ).toBe(`12 legs need a build:
  - the base image node:22 moved
  legs: v0/linux/amd64, v1/linux/amd64, v2/linux/amd64, v3/linux/amd64, v4/linux/amd64 and 7 more
  their last builds took 12 m 00 s in total
  the last build of 1 leg missed its cache

server/linux/amd64 needs a build:
  - server/main.go changed
  its last build (2026-11-29 08:00, built) took 1 m 00 s: 1 of 2 steps cached

for the steps and caches of a leg, run for example:
  layerkeep explain v0/linux/amd64`);
  });

  it("that were last built in different minutes are one group if the same change concerns them", () => {
    const legs = many.map((leg, at): LegExplanation => {
      const minute = `2026-11-29 08:${10 + at}`;
      return explained(leg.leg, [
        { code: "files", text: `changed since the build of ${minute}: server/main.go` },
        { code: "failed-before", text: `its last build, on ${minute}, failed: RUN make` },
      ]);
    });
    expect(renderExplanations(legs, 12)).toMatch(
      /^12 legs need a build:\n {2}- changed since the last build: server\/main.go\n {2}- its last build failed: RUN make\n/,
    );
  });

  it("that are staged or skipped are counted by their reason", () => {
    const staged = many.map((leg): LegExplanation => {
      return { ...leg, action: "reuse", causes: [], summary: "already staged", last: null };
    });
    expect(renderExplanations(staged, 12)).toMatch(
      /^12 legs are reused: already staged\n {2}legs: /,
    );
  });

  it("suggest at most five commands", () => {
    const text = renderExplanations(
      Array.from({ length: 7 }, (_, at) => [
        explained(`a${at}/linux/amd64`, [{ ...moved, text: `cause ${at}` }]),
        explained(`b${at}/linux/amd64`, [{ ...moved, text: `cause ${at}` }]),
      ]).flat(),
      14,
    );
    expect(text.match(/layerkeep explain/g)).toHaveLength(5);
  });
});

it("few legs have a paragraph each, even if their causes are the same", () => {
  const text = renderExplanations([explained("a/x", [moved]), explained("b/x", [moved])], 2);
  expect(text.match(/needs a build/g)).toHaveLength(2);
});
