import * as v from "valibot";
import { jobCacheStores } from "../ci/ci-config.ts";
import { key, scalar, text } from "./kinds.ts";
import { choice, mapOf, mapping } from "./shape.ts";

const secretWith = "The CI secret (GitHub) or variable (GitLab) with the";
const byName = "Use its name, never the secret itself.";
const cron = "a cron expression in UTC; false turns it off.";

const loginKeys = {
  username: key(text, `${secretWith} user name. ${byName}`),
  password: key(text, `${secretWith} password or token. ${byName}`),
};

const loginSchema = mapping({
  ...loginKeys,
  read: key(mapping(loginKeys), "The login for pull requests, which should be read-only."),
});

const scheduleSchema = mapping({
  refresh: key(
    scalar,
    `When to start a new refresh epoch: ${cron} Default: weekly if refresh.every is week, daily if it is day.`,
  ),
  stale: key(
    scalar,
    `When to rebuild legs whose base images have changed: ${cron} Default: daily, unless pins.hold is set.`,
  ),
  prune: key(
    scalar,
    `When to run \`layerkeep cache prune\`: ${cron} Default: weekly if cache.retention is set.`,
  ),
});

const dispatchSchema = mapping({
  description: key(text, "The description of the input, as shown in the form."),
  default: key(scalar, "The input's value if none is entered. Default: empty."),
});

/** `ci`: what the generated workflows do besides building and publishing. */
export const ciSchema = mapping({
  logins: key(
    mapOf(loginSchema),
    "Secrets with the login of a registry, by host. Default: QUAY_IO_USERNAME and QUAY_IO_PASSWORD for quay.io, and so on; none for the CI's own registry.",
  ),
  schedule: key(scheduleSchema, "When the workflow runs automatically."),
  "free-disk": key(
    scalar,
    "Whether to free disk space on runners before a build: true, false, or a size such as 40GB to do so only if less than that is free. Default: false.",
  ),
  "job-caches": key(
    choice(jobCacheStores),
    "Where the caches of jobs are kept: in GitHub's cache (github), or as directory caches in the cache repository (registry). Default: github.",
  ),
  "cache-budget": key(
    text,
    "The size limit of the repository's GitHub Actions cache, such as 20GB. Default: 10GB, as on GitHub.",
  ),
  dispatch: key(
    mapOf(v.nullable(dispatchSchema)),
    "Variables in vars to offer as inputs when a run is started manually.",
  ),
});

export type RawCi = v.InferOutput<typeof ciSchema>;
export type RawLogin = NonNullable<RawCi["logins"]>[string];
