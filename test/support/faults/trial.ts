import * as fc from "fast-check";
import { LayerkeepError } from "../../../src/errors.ts";
import { RegistryClient } from "../../../src/registry/client.ts";
import { anonymous } from "../../../src/registry/auth/credentials.ts";
import type { SeenRequest } from "../fault-proxy.ts";
import { draws, faultsBySeed } from "./decide.ts";
import type { Ground } from "./ground.ts";
import { BrokenInvariant, type Observer } from "./observer.ts";

/** How bad the weather is. */
export interface Weather {
  readonly seed: number;
  /** The share of requests that something goes wrong with. */
  readonly share: number;
  /** Whether the collector spares what was used in the last hour; else it takes all that no tag holds. */
  readonly lease: boolean;
}

export const weathers: fc.Arbitrary<Weather> = fc.record({
  seed: fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff })),
  share: fc.constantFrom(0, 0.02, 0.05, 0.1, 0.2, 0.4),
  lease: fc.boolean(),
});

const hourMs = 3_600_000;
const boundMs = 20_000;
/** One look in so many moments; after a tag was written always. */
const lookEvery = 10;

let runs = 0;

/** The first part of repository names that no other run has. */
export function freshName(): string {
  return `run${process.pid}-${runs++}`;
}

/** A client that waits for nothing. */
export function impatientClient(): RegistryClient {
  const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return new RegistryClient({ credentials: anonymous, sleep });
}

/** What happens beside the work: faults, the collector, looks at the targets, and one event. */
export interface Beside {
  readonly weather: Weather;
  readonly observers: readonly Observer[];
  /** Happens before the request of this number is passed on. */
  readonly event?: { readonly at: number; readonly act: () => Promise<void> } | undefined;
}

/**
 * Does the work with all that happens beside it. Throws where an invariant broke, where the work
 * took too long, and where it failed with what is none of our errors. Gives our error, or undefined
 * where the work was done.
 */
export async function trial(
  ground: Ground,
  { weather, observers, event }: Beside,
  work: () => Promise<unknown>,
): Promise<LayerkeepError | undefined> {
  let broken: Error | undefined;
  let count = 0;
  let tagWritten = false;
  let queue: Promise<void> = Promise.resolve();
  const leaseMs = weather.lease ? hourMs : 0;
  const isCalm = weather.share === 0 && weather.lease;
  const moment = async (registry: number, due: boolean): Promise<void> => {
    if (due || !isCalm) await ground.collect(registry, leaseMs);
    if (due) for (const observer of observers) await observer.look();
  };
  const between = async (registry: number, request: SeenRequest): Promise<void> => {
    const number = count++;
    const due = tagWritten || draws(`${weather.seed} ${number}`)() < 1 / lookEvery;
    tagWritten = request.method === "PUT" && /\/manifests\/(?!sha\d+:)/.test(request.url);
    const acted = queue.then(async () => {
      if (event?.at === number) await event.act();
      await moment(registry, due);
    });
    queue = acted.catch((error: unknown) => {
      broken ??= error instanceof Error ? error : new BrokenInvariant(String(error));
    });
    await queue;
  };
  for (const [registry, proxy] of ground.proxies.entries()) {
    proxy.decide = faultsBySeed(weather.seed, weather.share);
    proxy.between = (request) => between(registry, request);
  }
  let failure: LayerkeepError | undefined;
  try {
    await bounded(work());
  } catch (error) {
    if (!(error instanceof LayerkeepError)) throw error;
    failure = error;
  } finally {
    await queue;
    for (const proxy of ground.proxies) {
      proxy.decide = () => undefined;
      proxy.between = () => Promise.resolve();
    }
  }
  if (broken !== undefined) throw broken;
  for (const registry of ground.proxies.keys()) await moment(registry, true);
  return failure;
}

/** Nothing goes wrong: the collector heeds the lease. */
export function calm(weather: Weather): Weather {
  return { ...weather, share: 0, lease: true };
}

/** Throws where work that nothing was in the way of failed. */
export function mustSucceed(failure: LayerkeepError | undefined, what: string): void {
  if (failure === undefined) return;
  throw new BrokenInvariant(`${what} failed: ${failure.message}`, { cause: failure });
}

export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenInvariant(otherwise);
}

/** The digests of blobs whose upload was ended in a repository, of these requests. */
export function uploaded(seen: readonly SeenRequest[], path: string): readonly string[] {
  return seen.flatMap(({ method, url }) => {
    const { pathname, searchParams } = new URL(url, "http://registry");
    const digest = searchParams.get("digest");
    const isUpload = method === "PUT" && pathname.startsWith(`/v2/${path}/blobs/uploads/`);
    return isUpload && digest !== null ? [digest] : [];
  });
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new BrokenInvariant(`it took more than ${boundMs / 1000} seconds`);
    timer = setTimeout(() => reject(error), boundMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
