import { afterEach, describe, expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { scriptedRegistry } from "../../../../test/support/scripted-client.ts";
import type { Script } from "../../../../test/support/scripted-server.ts";
import type { Claims } from "../../../config/claims.ts";
import type { Plan } from "../../../plan/plan.ts";
import type { Trust } from "../../../trust/context.ts";
import { holdPreviews } from "./previews.ts";

const made = planOf({
  cache: { host: "quay.io", path: "acme/cache" },
  targets: [],
  platforms: ["linux/amd64"],
  variants: ["app", "tool"],
});
const untrusted: Trust = {
  ...made.trust,
  ...{ level: "untrusted", writesCaches: false, writesLegs: false, publishes: false },
  ...{ writesScratch: true, secrets: false },
};

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

/** A registry that answers every request alike, and a function that holds plans. */
async function world(answer: Awaited<ReturnType<Script>>, trust: Trust = untrusted) {
  const registry = await scriptedRegistry(() => answer);
  open.push(registry);
  const previews = `${registry.host}/previews`;
  const claims: Claims = {
    ...{ default: undefined, release: [], writeOnTags: false, credentials: [] },
    ...{ previews: [previews], scratch: undefined },
  };
  const lines: string[] = [];
  const stop = new AbortController();
  const io = { err: (text: string) => void lines.push(text), signal: stop.signal };
  const session = {
    ...{ trust, client: registry.client },
    outsideClaims: () => Promise.resolve({ value: claims }),
  };
  const hold = async (plan: Plan, options: Parameters<typeof holdPreviews>[2] = {}) => {
    const held = await holdPreviews(plan, session, options, io);
    const published = held.plan.variants.filter((variant) => variant.previews.length > 0);
    return {
      published: published.map(({ name }) => name),
      staged: held.plan.legs.flatMap(({ preview }) => preview ?? []),
      hasNone: held.hasNone,
      lines,
    };
  };
  const requests = () => registry.server.lines();
  return { previews, hold, stop, requests };
}

/** A plan of a pull request with previews of these variants. */
function previewed(repository: string, variants: readonly string[]): Plan {
  const preview = {
    ...{ repository, tags: [{ tag: "pr-7", order: "none" as const }] },
    ...{ shape: "index" as const, annotations: {} },
  };
  return {
    ...made,
    trust: untrusted,
    variants: made.variants.map((variant) => ({
      ...variant,
      previews: variants.includes(variant.name) ? [preview] : [],
    })),
  };
}

const accepted = { status: 202, headers: { location: "/v2/previews/blobs/uploads/1" } };

describe("a plan from a file whose legs have a preview, but whose variants have none", () => {
  const legs = made.legs.map((leg) => ({ ...leg, preview: "quay.io/acme/app:latest" }));

  it.each<[string, Trust, Trust]>([
    ["an untrusted plan in an untrusted run", untrusted, untrusted],
    ["an untrusted plan in a trusted run", untrusted, made.trust],
    ["a trusted plan in a trusted run", made.trust, made.trust],
  ])("stages none: %s", async (_, trust, now) => {
    const { hold } = await world(accepted, now);
    expect(await hold({ ...made, trust, legs })).toEqual({
      ...{ published: [], staged: [], hasNone: false, lines: [] },
    });
  });
});

describe("a preview repository", () => {
  it.each([401, 403])("that refuses to be pushed to (%d) gets no preview", async (status) => {
    const { previews, hold } = await world({ status });
    for (const mustServe of [false, true]) {
      const held = await hold(previewed(previews, ["app"]), { mustServe });
      expect(held).toMatchObject({ published: [], staged: [], hasNone: true });
      const why = `no preview: this run is not allowed to push to ${previews}: POST `;
      expect(held.lines.at(-1)).toContain(why);
    }
  });

  it.each<[string, Awaited<ReturnType<Script>>]>([
    ["has no such repository", { status: 404 }],
    ["fails", { status: 503 }],
    ["closes the connection", "hang up"],
  ])("whose registry %s gets no preview, unless it is needed", async (_, answer) => {
    const { previews, hold, stop } = await world(answer);
    const plan = previewed(previews, ["app"]);
    expect(await hold(plan)).toMatchObject({
      ...{ published: [], staged: [], hasNone: true },
      lines: [expect.stringContaining(`no preview: could not push to ${previews}: POST `)],
    });
    await expect(hold(plan, { mustServe: true })).rejects.toThrow("POST ");
    stop.abort(new Error("stopped"));
    await expect(hold(plan)).rejects.toThrow("stopped");
  });

  it("is not asked for access by a dry run", async () => {
    const { previews, hold, requests } = await world({ status: 503 });
    expect(await hold(previewed(previews, ["app"]), { dryRun: true })).toMatchObject({
      ...{ published: ["app"], lines: [] },
    });
    expect(requests()).toEqual([]);
  });
});

describe("variants that are named", () => {
  it("are the only ones that get a preview", async () => {
    const { previews, hold } = await world(accepted);
    const plan = previewed(previews, ["app", "tool"]);
    const held = await hold(plan, { variants: ["app"] });
    expect(held).toMatchObject({ published: ["app"], hasNone: false, lines: [] });
    expect(held.staged).toHaveLength(1);
    expect(await hold(plan)).toMatchObject({ published: ["app", "tool"], lines: [] });
  });

  it("and have none in the config are printed, and nothing is asked for them", async () => {
    const { previews, hold, requests } = await world(accepted);
    const plan = previewed(previews, ["app"]);
    const line = "no preview: the config has no preview repository for tool\n";
    expect(await hold(plan, { variants: ["tool"] })).toMatchObject({
      ...{ published: [], hasNone: true, lines: [line] },
    });
    expect(requests()).toEqual([]);
    expect(await hold(plan, { variants: ["app", "tool"] })).toMatchObject({
      ...{ published: ["app"], hasNone: false, lines: [line, line] },
    });
  });
});
