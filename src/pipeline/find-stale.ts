import { isPinned } from "../inputs/moving/pinned-names.ts";
import {
  type MovingInput,
  type Pin,
  pinKey,
  type ResolvePin,
  resolvePins,
  usedAsWritten,
} from "../inputs/moving/pins.ts";
import { withDescendants } from "../inputs/parents/descendants.ts";
import { parentsIn } from "../inputs/parents/parent-parts.ts";
import type { RegistryClient } from "../registry/client.ts";
import { readLog } from "./records/build-log.ts";
import { longestLog } from "./records/log-layers.ts";
import type { BuildRecord } from "./records/build-record.ts";

/** A leg, and the log of its builds. */
export interface LoggedLeg {
  readonly id: string;
  /** `host/path:log-…`. */
  readonly log: string;
}

/** Which legs were built from bases that have moved since. */
export interface StaleLegs {
  readonly legs: readonly StaleLeg[];
  /** Ids of what a build would build for them: they and what is built on them. */
  readonly rebuilds: readonly string[];
  /** Ids of legs whose logs have no finished build. */
  readonly unbuilt: readonly string[];
  /** Bases whose digests could not be found out, and why. */
  readonly unknown: readonly { readonly ref: string; readonly why: string }[];
  /** How many legs were looked at. */
  readonly of: number;
}

interface StaleLeg {
  readonly leg: string;
  /** When its last finished build began, RFC 3339. */
  readonly builtAt: string;
  readonly commit: string;
  readonly bases: readonly MovedBase[];
}

interface MovedBase {
  readonly kind: "image" | "syntax";
  /** As a Dockerfile names it: `alpine:3.20`. */
  readonly ref: string;
  /** The digests that the leg was built from, and that the name has now. */
  readonly from: string;
  readonly to: string;
}

export interface StaleServices {
  readonly client: RegistryClient;
  readonly resolvePin: ResolvePin;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds legs whose base images have moved since their last finished build, by their logs. Each
 * image is resolved once. Other inputs are not compared. Throws a registry or format error if a log
 * cannot be read.
 */
export async function findStale(
  legs: readonly LoggedLeg[],
  { client, resolvePin, signal }: StaleServices,
): Promise<StaleLegs> {
  const builds = await Promise.all(
    legs.map(async ({ id, log }) => ({ id, last: await lastBuilt(client, log, signal) })),
  );
  const moving = builds.flatMap(({ last }) => (last === undefined ? [] : basesOf(last)));
  return compareBases(builds, await resolvePins(moving, resolvePin));
}

/** A leg and its last finished build, if it has one. */
export interface BuiltLeg {
  readonly id: string;
  readonly last: Pick<BuildRecord, "startedAt" | "commit" | "input"> | undefined;
}

/** Compares what legs were built from with what their bases are now. */
export function compareBases(builds: readonly BuiltLeg[], now: readonly Pin[]): StaleLegs {
  const digests = new Map(now.map((pin) => [pinKey(pin), pin.resolved]));
  const legs = builds.flatMap(({ id, last }): readonly StaleLeg[] => {
    if (last === undefined) return [];
    const bases = basesOf(last).flatMap(({ kind, ref, digest }): readonly MovedBase[] => {
      const to = digests.get(pinKey({ kind, ref })) ?? digest;
      return to === digest ? [] : [{ kind, ref, from: digest, to }];
    });
    const { startedAt: builtAt, commit } = last;
    return bases.length === 0 ? [] : [{ leg: id, builtAt, commit, bases }];
  });
  return {
    legs,
    rebuilds: withDescendants(
      legs.map(({ leg }) => leg),
      builds.map(({ id, last }) => ({
        id,
        parents: parentsIn(last?.input.parts ?? {}).map(({ leg }) => leg),
      })),
    ),
    unbuilt: builds.flatMap(({ id, last }) => (last === undefined ? [id] : [])),
    unknown: now.flatMap(({ ref, resolved, note = "it cannot be resolved" }) =>
      resolved === null ? [{ ref, why: note.replace(usedAsWritten, "") }] : [],
    ),
    of: builds.length,
  };
}

/** Most logs end with a finished build: the rest is read only if there is none among these. */
const recordsFirst = 3;

async function lastBuilt(
  client: RegistryClient,
  log: string,
  signal: AbortSignal | undefined,
): Promise<BuildRecord | undefined> {
  for (const last of [recordsFirst, longestLog]) {
    const records = await readLog(client, log, { last, signal });
    const built = records.findLast(({ result }) => result === "built");
    if (built !== undefined || records.length < recordsFirst) return built;
  }
  return undefined;
}

interface Base extends MovingInput {
  readonly kind: "image" | "syntax";
  readonly digest: string;
}

/** The images that a build was made from and whose names can move. */
function basesOf({ input }: Pick<BuildRecord, "input">): readonly Base[] {
  return Object.entries(input.parts).flatMap(([name, digest]): readonly Base[] => {
    const [, kind, ref = ""] = /^pin:(image|syntax):(.+)$/s.exec(name) ?? [];
    if (kind !== "image" && kind !== "syntax") return [];
    return isPinned(ref) || !digest.startsWith("sha256:") ? [] : [{ kind, ref, digest }];
  });
}
