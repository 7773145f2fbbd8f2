import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { builtLeg, reusedLeg } from "../../../test/support/results.ts";
import { parseRepository } from "../../oci/reference.ts";
import { renderBuildSummary } from "./build-summary.ts";

const plan = planOf({
  cache: parseRepository("ghcr.io/acme/cache"),
  targets: [],
  platforms: ["linux/amd64"],
});

it("has the legs as a table, then the warnings of the plan and of the legs", () => {
  const results = [
    reusedLeg(),
    builtLeg({ cache: "failed", warnings: ["the cache was not written"] }),
  ];
  expect(
    renderBuildSummary(results, { ...plan, warnings: ["busybox is not pinned"] }),
  ).toBe(`### Build

2 legs: 1 reused, 1 built. Cached: 2 of 3 steps (66 %). Trust: trusted (a test).

| leg | result | cached | time | size | cache | why | digest |
|---|---|--:|--:|--:|---|---|---|
| app/linux/amd64 | reused |  | 0.2 s | 1.50 MB |  | staged with the same inputs | sha256:aaaaaaaaaaaa |
| app/linux/amd64 | built | 2/3 | 1 m 02 s | 1.50 MB | NOT WRITTEN | no leg with these inputs is staged | sha256:aaaaaaaaaaaa |

- ⚠ busybox is not pinned
- ⚠ app/linux/amd64: the cache was not written

`);
});

it("keeps foreign text from becoming markup or leaving its cell", () => {
  const reason = "a|b `c` [d](e)\n*f* _g_ <h> &amp; \\i";
  const escaped = "a\\|b \\`c\\` \\[d\\](e) \\*f\\* \\_g\\_ &lt;h> &amp;amp; \\\\i";
  const summary = renderBuildSummary([reusedLeg({ reason })], {
    ...plan,
    trust: { ...plan.trust, reason },
    warnings: [reason],
  });
  const lines = summary.split("\n");
  expect(lines).toContain(`1 leg: 1 reused. Trust: trusted (${escaped}).`);
  expect(lines).toContain(
    `| app/linux/amd64 | reused |  | 0.2 s | 1.50 MB |  | ${escaped} | sha256:aaaaaaaaaaaa |`,
  );
  expect(lines).toContain(`- ⚠ ${escaped}`);
});

it("keeps foreign text from becoming a link, a mention or a reference", () => {
  const reason =
    "see https://evil.example/x, WWW.evil.example, me@evil.example, @acme/all and #12\u001b[31m";
  expect(renderBuildSummary([reusedLeg({ reason })], plan)).toContain(
    "see https:&#47;&#47;evil.example/x, WWW&#46;evil.example, me&#64;evil.example, &#64;acme/all and &#35;12 |",
  );
});
