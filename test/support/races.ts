import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseReference } from "../../src/oci/reference.ts";
import { stageBuilt } from "../../src/pipeline/stage/stage-built.ts";
import type { PlannedLeg } from "../../src/plan/plan.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { createLimit } from "../../src/registry/transport/pace/limit.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { pushImage } from "./images.ts";
import { planOf } from "./plans.ts";

/** What the staged tag names before a race. */
const grounds = ["nothing", "an image that both replace", "an image of other inputs"] as const;
type Ground = (typeof grounds)[number];

export interface RaceOptions {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly runs: number;
  /** Races under way at the same time. */
  readonly atOnce: number;
  /** Each request waits for up to so many milliseconds before it reaches the registry. */
  readonly delayMs: number;
  readonly onRun?: () => void;
}

export interface Races {
  /** How often each racer won. */
  readonly won: readonly [number, number];
  /** A sentence for each race after which somebody had reported what the tag does not name. */
  readonly wrong: readonly string[];
}

interface Race {
  readonly host: string;
  /** The same registry, behind a proxy that delays. */
  readonly through: string;
  readonly ground: Ground;
  readonly clients: readonly [RegistryClient, RegistryClient];
}

/**
 * Lets two builders stage different images of one leg at the same time, each with a client of its
 * own, and compares what they report with what the tag names when both are done. Not generated:
 * requests that take longer than `delayMs`, and registries that fail.
 */
export async function raceStaging(options: RaceOptions): Promise<Races> {
  await using proxy = await startFaultProxy(options.host, () => undefined);
  proxy.between = async () => {
    await sleep(Math.random() * options.delayMs);
  };
  const client = (): RegistryClient =>
    new RegistryClient({ credentials: anonymous, maxConnectionsPerHost: 200 });
  await using first = client();
  await using second = client();
  const limit = createLimit(options.atOnce);
  const won: [number, number] = [0, 0];
  const wrong: string[] = [];
  const run = async (number: number): Promise<void> => {
    const ground = grounds[number % grounds.length] ?? "nothing";
    const { host } = options;
    const race = { host, through: proxy.host, ground, clients: [first, second] as const };
    const { mine, reported, named } = await raceOnce(race);
    if (reported.some((digest) => digest !== named) || !mine.includes(named)) {
      wrong.push(`race ${number}, over ${ground}: ${reported.join(", ")}; the tag names ${named}`);
    } else won[mine[0] === named ? 0 : 1] += 1;
    options.onRun?.();
  };
  await Promise.all(Array.from({ length: options.runs }, (_, number) => limit(() => run(number))));
  return { won, wrong };
}

async function raceOnce({ host, through, ground, clients }: Race): Promise<{
  readonly mine: readonly string[];
  readonly reported: readonly string[];
  readonly named: string;
}> {
  const path = `races/${randomUUID()}`;
  const leg = legAt(host, path);
  const { leg: tag, newest } = namesOf(leg);
  const [own] = clients;
  if (ground !== "nothing") {
    await push(own, leg, tag, ground === "an image of other inputs" ? "sha256:other" : undefined);
  }
  const replaces =
    ground === "an image that both replace"
      ? (await own.headManifest(parseReference(tag)))?.digest
      : undefined;
  const built = [await push(own, leg, newest), await push(own, leg, newest)];
  // The same repository, by the proxy's name.
  const names = namesOf(legAt(through, path));
  const results = await Promise.all(
    clients.map((client, index) => stageBuilt(leg, names, built[index], { client, replaces })),
  );
  return {
    mine: built,
    reported: results.map(({ digest }) => digest),
    named: (await own.headManifest(parseReference(tag)))?.digest ?? "nothing",
  };
}

function legAt(host: string, path: string): PlannedLeg {
  const plan = planOf({ cache: { host, path }, targets: [], platforms: ["linux/amd64"] });
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("the plan has no leg");
  return leg;
}

function namesOf({ staged }: PlannedLeg): NonNullable<PlannedLeg["staged"]> {
  if (staged === null) throw new Error("the leg has no names");
  return staged;
}

/** Pushes an image that no other is like. */
async function push(client: RegistryClient, leg: PlannedLeg, reference: string, input?: string) {
  const { host, path, tag = "" } = parseReference(reference);
  const { index } = await pushImage(client, {
    repository: { host, path },
    platform: leg.platform,
    tag,
    layers: [{ seed: randomUUID(), size: 100 }],
    annotations: { "org.layerkeep.input": input ?? leg.input.digest },
    bare: true,
  });
  return index.digest;
}
