import type { Config } from "../../../config/config.ts";
import { secretVariablesOf } from "../../secret-variables.ts";
import { untrustedWrites } from "../../untrusted-writes.ts";
import type { Blueprint, JobSetting } from "./blueprint.ts";
import { branchFilter, exactFilter } from "./branch-filters.ts";
import type { Mapping, Value } from "../document.ts";
import { dispatchInputs, dispatchVars } from "./dispatch.ts";
import { expression, literal, quoted } from "../expressions.ts";
import { commonOf, type GeneratorInput, givenVars } from "./generator-input.ts";
import { dirLoginTo, loginTo } from "../secrets/logins.ts";
import { removalEnv } from "../secrets/removal-env.ts";
import { secretEnv } from "../secrets/secret-env.ts";

/**
 * The workflow of pushes, tags, schedules and runs that are started by hand: all that can be
 * trusted.
 */
export function onPush(input: GeneratorInput): Blueprint {
  const { config } = input;
  const { registries, runners, config: path, ...common } = commonOf(input);
  const { registries: ofRegistries, builds } = secretVariablesOf(config);
  const vars = givenVars(input.vars) + dispatchVars(config.ci.dispatch);
  const { stale, prune } = config.ci.schedule;
  const [read, write] = [loginTo(registries, "read"), loginTo(registries, "write")];
  const checkout = { "persist-credentials": needsGit(input) };
  const env = secretEnv(ofRegistries);
  const host = config.cache.repository?.host ?? "";
  const deleting = removalEnv(host, registries);
  return {
    ...common,
    on: eventsOf(input),
    // Every push is built, one after the other: without `queue`, a waiting run is replaced.
    concurrency: { group: `layerkeep-${expression("github.workflow_ref")}`, queue: "max" },
    buildCache: config.cache.type === "gha" ? "write" : "none",
    given: { ...path, ...(vars === "" ? {} : { vars }) },
    planGiven: {
      ...(runners === "" ? {} : { runners }),
      ...(stale === undefined
        ? {}
        : { stale: expression(`github.event.schedule == ${quoted(stale)}`) }),
    },
    plan: { login: read, checkout, env },
    build: { login: write, checkout, env: secretEnv([...ofRegistries, ...builds]) },
    publish: publishes(config) ? publishSetting({ login: write, checkout, env }) : undefined,
    commands: {
      jobs: config.jobs,
      // Every branch and pull request reads the default branch's caches, and none of another.
      trusted: `github.ref == ${quoted(`refs/heads/${input.defaultBranch}`)}`,
      dirs: { ...dirLoginTo(registries, host, "write"), checkout, env },
    },
    prune:
      prune === undefined
        ? undefined
        : {
            cron: prune,
            login: write,
            checkout: { "persist-credentials": false },
            env: env === undefined ? deleting : { ...env, ...deleting },
          },
  };
}

/** A tag only moves forward, and git knows what is ahead: publishing may fetch history. */
function publishSetting(setting: JobSetting): JobSetting {
  return { ...setting, checkout: { "persist-credentials": true } };
}

/**
 * Whether trust asks git: it looks at the default branch for a tag or a release branch, and for
 * what other branches may write (docs/trust.md).
 */
function needsGit({ config, defaultBranch }: GeneratorInput): Value {
  const { release } = config.branches;
  if (!publishes(config) && release.length === 0 && !untrustedWrites(config)) return false;
  return expression(`github.ref != ${quoted(`refs/heads/${defaultBranch}`)}`);
}

function publishes({ variants }: Pick<Config, "variants">): boolean {
  return variants.some(({ publish }) => publish.length > 0);
}

function eventsOf({ config, defaultBranch }: GeneratorInput): Mapping {
  const { release } = config.branches;
  const branches = [
    exactFilter(literal(defaultBranch, "the default branch")),
    ...release.map((glob) => branchFilter(literal(glob, "branches.release"))),
  ];
  const { refresh, stale, prune } = config.ci.schedule;
  const crons = [refresh, stale, prune].filter((cron) => cron !== undefined);
  return {
    push: { branches, ...(publishes(config) ? { tags: ["**"] } : {}) },
    ...(crons.length === 0 ? {} : { schedule: crons.map((cron) => ({ cron })) }),
    workflow_dispatch: dispatchInputs(config.ci.dispatch),
  };
}
