import type { Config } from "../../config/config.ts";
import type { ContextHasher } from "../../inputs/files/context-files.ts";
import { digestOf } from "../../oci/digest.ts";
import { formatRepository } from "../../oci/reference.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { makePlan, type PlanServices } from "../../plan/make-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Context, Trust } from "../../trust/context.ts";
import { isTrusted, type SampleEvent } from "../events/sample-event.ts";

/** The plan of an example run, without asking a registry or reading a context. */
export function planRun(config: Config, event: SampleEvent): Promise<Plan> {
  const { cache, refresh } = config;
  return makePlan(
    config,
    contextOf(event),
    {
      now: new Date("2026-01-01T00:00:00Z"),
      version: "0",
      trust: trustOf(event, config),
      epoch: refresh === undefined ? undefined : "2026-W01",
      cacheRepository:
        cache.repository === undefined ? undefined : formatRepository(cache.repository),
      force: false,
      cold: false,
      builder: undefined,
      machine: parsePlatform("linux/amd64"),
    },
    services,
  );
}

/** The new workflow does not run for releases, but for their tags. */
function contextOf({ kind, context }: SampleEvent): Context {
  return kind === "release" ? { ...context, event: "push" } : context;
}

function trustOf(event: SampleEvent, { cache }: Config): Trust {
  const trusted = isTrusted(event);
  return {
    level: trusted ? "trusted" : "untrusted",
    reason: `example run: ${event.name}`,
    writesCaches: trusted && (event.context.tag === undefined || cache.writeOnTags),
    writesLegs: trusted,
    publishes: trusted,
    writesScratch: !trusted && cache.scratch !== undefined,
    secrets: trusted,
  };
}

const anything = digestOf("an example");
const hasher: ContextHasher = () =>
  Promise.resolve({
    ...{ digest: anything, files: 0, bytes: 0, entries: {}, sources: [], differs: [] },
    ...{ settled: "", places: "", changed: [], additions: {} },
  });

const services: PlanServices = {
  resolvePin: () => Promise.resolve({ resolved: anything }),
  readBase: () => Promise.resolve({ config: { env: [], onbuild: [] } }),
  hasher,
  findStaged: () =>
    Promise.resolve({
      whole: new Set<string>(),
      unusable: new Map(),
      outdated: new Map(),
      warnings: [],
    }),
};
