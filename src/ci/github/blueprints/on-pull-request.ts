import { readUntrusted, secretVariablesOf } from "../../secret-variables.ts";
import { untrustedWrites } from "../../untrusted-writes.ts";
import type { Blueprint } from "./blueprint.ts";
import { expression } from "../expressions.ts";
import { commonOf, type GeneratorInput, givenVars } from "./generator-input.ts";
import { dirLoginTo, loginTo } from "../secrets/logins.ts";
import { secretEnv } from "../secrets/secret-env.ts";

/**
 * The workflow of pull requests and the merge queue: it builds what the change affects and
 * publishes nothing. It has no secrets but `read` logins of `ci.logins`, and variables of
 * `credentials` that begin with `LAYERKEEP_`. As nothing is staged, no job can wait for another:
 * there is one level.
 */
export function onPullRequest(input: GeneratorInput): Blueprint {
  const { config } = input;
  const { registries, runners, config: path, ...common } = commonOf(input);
  const login = loginTo(registries, "untrusted");
  const env = secretEnv(readUntrusted(secretVariablesOf(config).registries));
  const vars = givenVars(input.vars);
  const number = expression("github.event.pull_request.number || github.ref");
  const one = { "persist-credentials": false };
  // It has the default branch, whose config confirms scratch and previews, though git has no credentials.
  const whole = { "fetch-depth": 0, ...one };
  return {
    ...common,
    name: `${input.name}-pull-request`,
    on: { pull_request: {}, merge_group: {} },
    concurrency: {
      group: `layerkeep-${expression("github.workflow")}-${number}`,
      "cancel-in-progress": true,
    },
    buildCache: config.cache.type === "gha" ? "read" : "none",
    levels: 1,
    given: { ...path, ...(vars === "" ? {} : { vars }) },
    planGiven: { ...(runners === "" ? {} : { runners }), affected: true },
    // What a change affects is found by comparing with the commit that it began from.
    plan: { login, checkout: whole, env },
    build: { login, checkout: untrustedWrites(config) ? whole : one, env },
    publish: undefined,
    commands: {
      jobs: config.jobs,
      trusted: undefined,
      dirs: {
        ...dirLoginTo(registries, config.cache.repository?.host ?? "", "untrusted"),
        checkout: one,
        env,
      },
    },
    prune: undefined,
  };
}
