import { describe, expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import type { Claims } from "../../../config/claims.ts";
import type { Plan } from "../../../plan/plan.ts";
import { anonymous } from "../../../registry/auth/credentials.ts";
import { RegistryClient } from "../../../registry/client.ts";
import type { Answer, Trust } from "../../../trust/context.ts";
import { holdPreviews } from "./previews.ts";

const previews = "quay.io/acme/previews";
const made = planOf({
  cache: { host: "quay.io", path: "acme/cache" },
  targets: [],
  platforms: ["linux/amd64"],
});
const untrusted: Trust = {
  ...made.trust,
  ...{ level: "untrusted", writesCaches: false, writesLegs: false, publishes: false },
  ...{ writesScratch: true, secrets: false },
};
const claims: Claims = {
  default: undefined,
  release: [],
  writeOnTags: false,
  credentials: [],
  previews: [previews],
  scratch: undefined,
};

/** The plan as it is held in a run with this trust, and what was printed. */
async function held(plan: Plan, trust: Trust, answer: Answer<Claims> = { value: claims }) {
  await using client = new RegistryClient({ credentials: anonymous });
  const lines: string[] = [];
  const io = { err: (text: string) => void lines.push(text), signal: new AbortController().signal };
  const session = { trust, client, outsideClaims: () => Promise.resolve(answer) };
  const after = await holdPreviews(plan, session, {}, io, false);
  return { ...after, lines };
}

describe("a plan from a file whose legs have a preview, but whose variants have none", () => {
  const legs = made.legs.map((leg) => ({ ...leg, preview: "quay.io/acme/app:latest" }));

  it.each<[string, Trust, Trust]>([
    ["an untrusted plan in an untrusted run", untrusted, untrusted],
    ["an untrusted plan in a trusted run", untrusted, made.trust],
    ["a trusted plan in a trusted run", made.trust, made.trust],
  ])("stages none: %s", async (_, planned, now) => {
    const { plan, hasNone, lines } = await held({ ...made, trust: planned, legs }, now);
    expect(plan.legs.map(({ preview }) => preview)).toEqual([null]);
    expect({ hasNone, lines }).toEqual({ hasNone: false, lines: [] });
  });
});
