import { afterEach, describe, expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { scriptedRegistry, type ScriptedRegistry } from "../../../test/support/scripted-client.ts";
import type { Script } from "../../../test/support/scripted-server.ts";
import { UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import type { Plan } from "../../plan/plan.ts";
import { type PublishEvent, type PublishResult, publishVariants } from "./publish-variants.ts";

const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
/** The staged image of a variant's leg. */
function imageOf(variant: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
      layers: [],
      annotations: { "org.layerkeep.input": digestOf(`${variant} linux/amd64`) },
    }),
  );
}
const image = imageOf("app");

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

interface World {
  readonly registry: ScriptedRegistry;
  /** Stored content, by `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, Buffer>;
  publish(
    plan: Plan,
    onEvent?: (event: PublishEvent) => void,
    variants?: readonly string[],
  ): Promise<PublishResult[]>;
}

/** A small registry that has every blob; `fault` may answer first, or act. */
async function world(
  fault: (
    w: World["manifests"],
    request: Parameters<Script>[0],
  ) => ReturnType<Script> | undefined = () => undefined,
): Promise<World> {
  const manifests = new Map<string, Buffer>();
  const registry = await scriptedRegistry(async (request) => {
    const said = await fault(manifests, request);
    if (said !== undefined) return said;
    const { method, url, body } = request;
    if (method === "POST") return { status: 201 };
    const [, repository = "", name = ""] = /^\/v2\/(.*)\/manifests\/(.*)$/.exec(url) ?? [];
    if (repository === "") return { status: 200, body: config };
    const key = (n: string) => `${repository}${n.startsWith("sha256:") ? "@" : ":"}${n}`;
    if (method === "PUT") {
      manifests.set(key(name), body).set(key(digestOf(body)), body);
      return { status: 201, headers: { "docker-content-digest": digestOf(body) } };
    }
    const found = manifests.get(key(name));
    if (found === undefined) return { status: 404 };
    const described = {
      "docker-content-digest": digestOf(found),
      "content-type": (JSON.parse(found.toString()) as { mediaType: string }).mediaType,
      "content-length": String(found.length),
    };
    return { status: 200, headers: described, body: method === "HEAD" ? "" : found };
  });
  open.push(registry);
  const publish: World["publish"] = (plan, onEvent = () => undefined, variants = []) =>
    publishVariants(plan, {
      variants,
      client: registry.client,
      ancestry: () => Promise.resolve("unknown"),
      onEvent,
    });
  return { registry, manifests, publish };
}

/** Variants of one platform, whose staged tags point at the image. */
function stagedPlan({ registry, manifests }: World, variants: readonly string[] = ["app"]): Plan {
  const plan = planOf({
    cache: { host: registry.host, path: "cache" },
    targets: [`${registry.host}/app`],
    platforms: ["linux/amd64"],
    variants,
    tags: [{ tag: "{name}", order: "semver" }],
  });
  for (const leg of plan.legs) {
    const tag = leg.staged?.leg.split(":").at(-1) ?? "";
    const staged = imageOf(leg.variant);
    manifests.set(`cache:${tag}`, staged).set(`cache@${digestOf(staged)}`, staged);
  }
  return plan;
}

describe("publishVariants", () => {
  it("leaves out a variant without targets, and refuses one that is named", async () => {
    const w = await world();
    const plan = stagedPlan(w, ["base", "app"]);
    const variants = plan.variants.map((variant) =>
      variant.name === "base" ? { ...variant, targets: [] } : variant,
    );
    const results = await w.publish({ ...plan, variants });
    expect(results.map(({ variant, error }) => [variant, error])).toEqual([["app", undefined]]);
    const named = w.publish({ ...plan, variants }, undefined, ["app", "base"]);
    await expect(named).rejects.toThrow(
      new UsageError('the variant "base" cannot be published: it has no publish target', {
        hint: "add `publish` to the variant, and set the repository to publish to",
      }),
    );
  });

  it("writes the index after its children, only under the tag, and reads the tag back", async () => {
    const w = await world();
    const plan = stagedPlan(w);
    const [result] = await w.publish(plan);
    expect(result?.error).toBeUndefined();
    const lines = w.registry.server.lines().filter((line) => line.includes("/v2/app/manifests/"));
    expect(lines).toEqual([
      "HEAD /v2/app/manifests/app",
      `PUT /v2/app/manifests/${digestOf(image)}`,
      "HEAD /v2/app/manifests/app",
      "PUT /v2/app/manifests/app",
      "HEAD /v2/app/manifests/app",
    ]);
  });

  it("resolves the staged tag again if its manifest was deleted meanwhile", async () => {
    const other = Buffer.from(image.toString().replace("[]", "[ ]"));
    let moved = false;
    const w = await world((manifests, { method, url }) => {
      // A build pushes the leg again and the old one is collected, between our two reads.
      if (moved || method !== "GET" || !url.endsWith(`cache/manifests/${digestOf(image)}`))
        return undefined;
      moved = true;
      for (const key of manifests.keys()) if (key.startsWith("cache:")) manifests.set(key, other);
      manifests.delete(`cache@${digestOf(image)}`);
      manifests.set(`cache@${digestOf(other)}`, other);
      return undefined;
    });
    const events: PublishEvent[] = [];
    const [result] = await w.publish(stagedPlan(w), (event) => events.push(event));
    expect(result?.error).toBeUndefined();
    expect(events.filter(({ kind }) => kind === "again")).toHaveLength(1);
    const index = w.manifests.get("app:app")?.toString() ?? "";
    expect(index).toContain(digestOf(other));
    expect(index).not.toContain(digestOf(image));
  });

  it("decides by what the tag points at just before writing, not at the start", async () => {
    const newer = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [],
        annotations: { "org.opencontainers.image.version": "2.0.0" },
      }),
    );
    const w = await world((manifests, { method, url }) => {
      // Another run publishes 2.0.0 while our children are copied.
      if (method === "PUT" && url.includes("sha256")) {
        manifests.set("app:app", newer).set(`app@${digestOf(newer)}`, newer);
      }
      return undefined;
    });
    const [result] = await w.publish(stagedPlan(w));
    expect(result?.targets[0]?.tags).toEqual([
      {
        tag: "app",
        moved: false,
        reason: "the tag is at 2.0.0, and 1.0.0 is older",
        before: digestOf(newer),
      },
    ]);
    expect(w.manifests.get("app:app")).toBe(newer);
  });

  it("reports that another run moved the tag right after it was written", async () => {
    let written = false;
    const w = await world((manifests, { method, url }) => {
      if (method === "PUT" && url.endsWith("/app/manifests/app")) written = true;
      else if (written) manifests.set("app:app", image);
      return undefined;
    });
    const [result] = await w.publish(stagedPlan(w));
    expect(result?.targets[0]?.tags).toEqual([
      {
        tag: "app",
        moved: true,
        reason: "the tag is new",
        before: undefined,
        overtakenBy: digestOf(image),
      },
    ]);
  });

  it("replaces an unreadable manifest, and reports that its version is unknown", async () => {
    const w = await world();
    const odd = Buffer.from(
      '{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}',
    );
    const plan = stagedPlan(w);
    w.manifests.set("app:app", odd).set(`app@${digestOf(odd)}`, odd);
    const [result] = await w.publish(plan);
    expect(result?.targets[0]?.tags.map(({ moved, reason }) => [moved, reason])).toEqual([
      [true, "the tagged image has no version, so it might be newer"],
    ]);
  });

  it("continues with the other variants if one fails", async () => {
    const w = await world();
    const plan = stagedPlan(w, ["one", "two", "three"]);
    const gone = plan.legs[1]?.staged?.leg.split(":").at(-1) ?? "";
    w.manifests.delete(`cache:${gone}`);
    const results = await w.publish(plan);
    expect(results.map(({ variant, error }) => [variant, error?.message])).toEqual([
      ["one", undefined],
      [
        "two",
        `leg two/linux/amd64 is not staged: ${plan.legs[1]?.staged?.leg ?? ""} does not exist`,
      ],
      ["three", undefined],
    ]);
    expect([...w.manifests.keys()].filter((key) => key.startsWith("app:"))).toEqual([
      "app:one",
      "app:three",
    ]);
  });

  it("moves no tag if a child cannot be written, and finishes the next time", async () => {
    let full = true;
    const w = await world((_, { method, url }) =>
      full && method === "PUT" && url.includes("sha256") ? { status: 507 } : undefined,
    );
    const plan = stagedPlan(w);
    const [failed] = await w.publish(plan);
    expect(failed?.error).toMatchObject({ code: "registry", status: 507 });
    expect(w.manifests.has("app:app")).toBe(false);
    full = false;
    const [result] = await w.publish(plan);
    expect(result?.error).toBeUndefined();
    expect(w.manifests.has("app:app")).toBe(true);
  });

  it("lists the plan's variants if one is unknown", async () => {
    const w = await world();
    const { client } = w.registry;
    const options = {
      client,
      ancestry: () => Promise.resolve("no" as const),
      onEvent: () => undefined,
    };
    const publish = publishVariants(stagedPlan(w, ["a", "b"]), {
      ...options,
      variants: ["a", "other"],
    });
    const error: unknown = await publish.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: 'the plan has no variant "other" (the plan contains a, b)',
    });
    expect(w.registry.server.seen).toEqual([]);
  });
});
