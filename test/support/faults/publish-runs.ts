import * as fc from "fast-check";
import { parseReference } from "../../../src/oci/reference.ts";
import {
  publishVariants,
  type PublishResult,
} from "../../../src/pipeline/publish/publish-variants.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { pushImage } from "../images.ts";
import { planOf } from "../plans.ts";
import type { Ground } from "./ground.ts";
import { Observer } from "./observer.ts";
import {
  calm,
  freshName,
  impatientClient,
  must,
  mustSucceed,
  trial,
  uploaded,
  type Weather,
  weathers,
} from "./trial.ts";

export interface PublishRun {
  readonly weather: Weather;
  /** Sizes of the layers of each leg, which all share the first one. Bytes. */
  readonly legs: readonly (readonly number[])[];
  readonly docker: boolean;
  readonly shape: "index" | "manifest";
  /** The version that `latest` names before. */
  readonly standing: "none" | "0.9.0" | "2.0.0";
  /** Another publisher, with version 1.1.0, at the same time. */
  readonly race: boolean;
  /** Before this request the legs are staged again, with other bytes. */
  readonly restagedAt: number | null;
}

const sizes = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 256 << 10, max: 1 << 20 }) },
);

export const publishRuns: fc.Arbitrary<PublishRun> = fc.record({
  weather: weathers,
  legs: fc.array(fc.array(sizes, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 }),
  docker: fc.boolean(),
  shape: fc.constantFrom("index", "index", "manifest"),
  standing: fc.constantFrom("none", "0.9.0", "2.0.0"),
  race: fc.boolean(),
  restagedAt: fc.option(fc.nat(30), { freq: 1 }),
});

/** Legs are published to two registries in bad weather, and once more when it is over. */
export async function publishRun(ground: Ground, run: PublishRun): Promise<void> {
  const { weather, standing } = run;
  const name = freshName();
  const planned = (version: string): Plan =>
    planFor(
      ground.proxies.map(({ host }) => host),
      run,
      name,
      version,
    );
  /** The same, past the proxies. */
  const straight = (version: string): Plan => planFor(ground.hosts, run, name, version);
  const ours = planned("1.0.0");
  await stage(ground, run, ours, "first");
  const digests = new Map<string, string>();
  for (const version of standing === "none" ? [] : [standing]) {
    digests.set(version, await published(straight(version)));
  }
  digests.set("1.0.0", await published(straight("1.0.0"), true));

  const isKnown = !run.race && run.restagedAt === null;
  const newest = standing === "2.0.0" ? [standing] : [standing, "1.0.0"];
  const known = (versions: readonly string[]): string[] =>
    versions.flatMap((version) => digests.get(version) ?? []);
  const allowed = isKnown
    ? new Map([
        ["latest", known(newest)],
        ["1.0.0", known(["1.0.0"])],
      ])
    : new Map<string, string[]>();
  const observers = ground.hosts.map(
    (host) => new Observer(host, `${name}/app`, allowed, ground.looks),
  );
  const event =
    run.restagedAt === null
      ? undefined
      : { at: run.restagedAt, act: () => stage(ground, run, ours, "second") };

  const all = run.race ? [ours, planned("1.1.0")] : [ours];
  const publish = async (): Promise<void> => {
    const results = await Promise.allSettled(all.map((plan) => published(plan)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  };
  const failure = await trial(ground, { weather, observers, event }, publish);
  const isHindered = weather.share > 0 || (ground.isOurs && !weather.lease);
  if (!isHindered) mustSucceed(failure, "publishing that nothing was in the way of");
  if (failure === undefined && isKnown) await mustName(observers, "1.0.0", digests.get("1.0.0"));

  const beside = { weather: calm(weather), observers };
  for (const plan of all) {
    mustSucceed(await trial(ground, beside, () => published(plan)), "publishing after the faults");
  }
  const last = run.race ? "1.1.0" : "1.0.0";
  const digest = await published(straight(last), true);
  if (isKnown) must(digest === digests.get(last), "the digest is another after the faults");
  await mustName(observers, last, digest);
  await mustName(observers, "latest", standing === "2.0.0" ? digests.get(standing) : digest);

  const marks = ground.proxies.map(({ seen }) => seen.length);
  for (const plan of all) {
    mustSucceed(await trial(ground, beside, () => published(plan)), "publishing what is there");
  }
  const sent = ground.proxies.flatMap(({ seen }, index) =>
    uploaded(seen.slice(marks[index]), `${name}/app`),
  );
  must(sent.length === 0, `${sent.join(", ")} was sent though all was there`);
}

function planFor(hosts: readonly string[], run: PublishRun, name: string, version: string): Plan {
  const platforms = ["linux/amd64", "linux/arm64"].slice(0, run.legs.length);
  return planOf({
    cache: { host: hosts[0] ?? "", path: `${name}/cache` },
    targets: hosts.map((host) => `${host}/${name}/app`),
    platforms,
    shape: platforms.length === 1 ? run.shape : "index",
    version,
    tags: [
      { tag: version, order: "none" },
      { tag: "latest", order: "semver" },
    ],
  });
}

async function stage(ground: Ground, run: PublishRun, plan: Plan, salt: string): Promise<void> {
  await using client = impatientClient();
  for (const [index, leg] of plan.legs.entries()) {
    const { path, tag = "" } = parseReference(leg.staged?.leg ?? "");
    await pushImage(client, {
      repository: { host: ground.hosts[0], path },
      platform: leg.platform,
      tag,
      layers: (run.legs[index] ?? []).map((size, number) => ({
        seed: number === 0 ? "shared" : `${salt} ${leg.id} ${number}`,
        size,
      })),
      annotations: { "org.layerkeep.input": leg.input.digest, salt },
      docker: run.docker,
    });
  }
}

/** The digest that was published, or would be. Throws what went wrong. */
async function published(plan: Plan, dryRun = false): Promise<string> {
  await using client = impatientClient();
  const results: readonly PublishResult[] = await publishVariants(plan, {
    client,
    dryRun,
    ancestry: () => Promise.resolve("unknown"),
    onEvent: () => undefined,
  });
  for (const { error } of results) if (error !== undefined) throw error;
  const digest = results[0]?.digest;
  if (digest === undefined) throw new Error("it was published without a digest");
  return digest;
}

async function mustName(
  observers: readonly Observer[],
  tag: string,
  digest: string | undefined,
): Promise<void> {
  for (const observer of observers) {
    const found = await observer.digestOf(tag);
    must(found === digest, `${tag} names ${found} and not ${digest}`);
    await observer.look({ fresh: true });
  }
}
