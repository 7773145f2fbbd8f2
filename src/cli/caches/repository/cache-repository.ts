import type { Config } from "../../../config/config.ts";
import { UsageError } from "../../../errors.ts";
import { formatRepository, parseRepository, type Repository } from "../../../oci/reference.ts";
import { type JudgedTag, judgeTags } from "../../../pipeline/caches/judge-tags.ts";
import { type LegTags, legTags } from "../../../pipeline/caches/leg-tags.ts";
import { type SurveyedTag, surveyRepository } from "../../../pipeline/caches/survey.ts";
import type { RegistryClient } from "../../../registry/client.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import type { repository as repositoryFlags } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { startProbes } from "../../run/probes.ts";
import { refuseUntrusted } from "./refuse-untrusted.ts";
import { type OpenRemover, openRemover } from "./removers.ts";
import { clientOptions } from "../../client-options.ts";
import { openSession, type Session } from "../../run/session.ts";

export type CacheRepositoryOptions = GlobalOptions & OptionsOf<typeof repositoryFlags>;

/** The config's cache repository beside its legs. */
export interface CacheRepository extends AsyncDisposable {
  readonly repository: Repository;
  /** `ghcr.io/acme/app-cache`. */
  readonly name: string;
  readonly client: RegistryClient;
  readonly legs: LegTags;
  readonly config: Config;
  /** Undefined if neither the config nor the context names it. */
  readonly defaultBranch: string | undefined;
  /** All tags of the repository, and how they relate to the legs, by the last `records` of each log. */
  survey(records?: number): Promise<{
    readonly tags: readonly SurveyedTag[];
    readonly judged: readonly JudgedTag[];
  }>;
  /** Throws a usage error if this run is not trusted to do this. */
  refuseUntrusted(what: "delete" | "write"): void;
  /** Throws a usage error if this run may not delete, or credentials are missing. */
  openRemover(): OpenRemover;
}

/** Opens the run's cache repository, or with `--scratch` the scratch repository. */
export async function openCacheRepository(
  options: CacheRepositoryOptions,
  io: Io,
  access: "read" | "write" = "read",
): Promise<CacheRepository> {
  const need = { command: "cache", access } as const;
  const session = await openSession(
    startProbes(options, io),
    options,
    io,
    options.scratch === true ? undefined : need,
  );
  const { config, client } = session;
  const { cache } = config;
  const repository = repositoryOf(session, options);
  const legs = legTags(config);
  return {
    repository,
    name: formatRepository(repository),
    client,
    legs,
    config,
    defaultBranch: config.branches.default,
    async survey(records) {
      const tags = await surveyRepository(client, repository, { signal: io.signal, records });
      const judged = judgeTags(tags, legs, {
        now: io.now().getTime(),
        stale: cache.retention.unused,
        hasCaches: cache.type === "registry" && options.scratch !== true,
      });
      return { tags, judged };
    },
    refuseUntrusted: (what) => refuseUntrusted(session, what, "caches"),
    openRemover() {
      refuseUntrusted(session, "delete", "caches");
      return openRemover(repository, clientOptions(io, config, session.held), io.env);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function repositoryOf(
  { config, home }: Session,
  { scratch }: Pick<CacheRepositoryOptions, "scratch">,
): Repository {
  if (scratch === true) {
    if (config.cache.scratch !== undefined) return config.cache.scratch;
    throw new UsageError("the config has no scratch repository", {
      hint: "add cache: { scratch: REPOSITORY } to the config, or remove --scratch",
    });
  }
  if (home.repository !== undefined) return parseRepository(home.repository);
  throw new UsageError("the config has no cache repository", {
    hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
  });
}
