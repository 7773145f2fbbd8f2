import * as v from "valibot";
import { key, scalar, text } from "./kinds.ts";
import { mapOf, mapping } from "./shape.ts";

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
    `When a run starts a new refresh epoch: ${cron} Default with refresh every week or day: each week or day.`,
  ),
  stale: key(
    scalar,
    `When to build legs whose base images have moved: ${cron} Default: each day, unless pins are held.`,
  ),
  prune: key(
    scalar,
    `When \`layerkeep cache prune\` runs: ${cron} Default with cache.retention: each week.`,
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
    "Frees disk space on runners before a build: true, false, or a size such as 40GB, to free it only if less is free. Default: false.",
  ),
  "cache-budget": key(
    text,
    "What the repository's cache may hold, such as 20GB. Default: 10GB, GitHub's allowance.",
  ),
  dispatch: key(
    mapOf(v.nullable(dispatchSchema)),
    "Variables in vars to offer as inputs when a run is started manually.",
  ),
});

export type RawCi = v.InferOutput<typeof ciSchema>;
export type RawLogin = NonNullable<RawCi["logins"]>[string];
