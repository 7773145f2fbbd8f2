import { secretNamesOf } from "../../../ci/registries.ts";
import type { StepRun } from "../../../lint/model/pipeline.ts";
import type { Reading } from "../reading.ts";
import { scriptLogins } from "./script-logins.ts";
import { secretIn } from "./secrets.ts";
import { constant } from "../texts.ts";
import type { WrittenLogin } from "./written-login.ts";

/** The names of the secrets for a registry. */
export interface OldLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** The logins that the generated pipeline does not have by itself. */
export function loginsOf(reading: Reading): readonly OldLogin[] {
  const steps = reading.jobs.flatMap((job) => job.steps);
  return steps
    .flatMap((step) => [...actionLogin(step, reading), ...scriptLogins(step, reading)])
    .flatMap((login) => loginOf(login, reading));
}

function loginOf(
  { span, registry, username, password }: WrittenLogin,
  { lost }: Reading,
): readonly OldLogin[] {
  if (registry === undefined) {
    lost.add(span, "the registry of this login is only known at run time");
    return [];
  }
  const host = hostOf(registry);
  if (isOwnToken(host, username, password)) return [];
  const names = secretNamesOf(host);
  const login = {
    host,
    username: username ?? names.username,
    password: password ?? names.password,
  };
  if (username === undefined || password === undefined || username === "GITHUB_TOKEN") {
    const missing = [
      ...(username === undefined ? [`${login.username} with the user name`] : []),
      ...(password === undefined ? [`${login.password} with the password`] : []),
    ];
    lost.add(
      span,
      `the login to ${host} does not use secrets for both the user name and the password`,
      `add a secret ${missing.length === 0 ? login.password : missing.join(", and ")}`,
    );
  }
  return [login];
}

/** The CI's own token for its own registry, which the generated pipeline uses, too. */
function isOwnToken(
  host: string,
  username: string | undefined,
  password: string | undefined,
): boolean {
  return (
    (password === "GITHUB_TOKEN" && host === "ghcr.io") ||
    username === "CI_REGISTRY_USER" ||
    password === "CI_REGISTRY_PASSWORD" ||
    password === "CI_JOB_TOKEN"
  );
}

function actionLogin({ action, span }: StepRun, reading: Reading): readonly WrittenLogin[] {
  if (action?.name !== "docker/login-action") return [];
  const secret = (name: string): string | undefined => {
    const input = action.inputs.get(name);
    return input === undefined ? undefined : secretIn(input.value);
  };
  const registry = action.inputs.get("registry");
  return [
    {
      span,
      registry: registry === undefined ? "" : constant(registry.value, reading),
      username: secret("username"),
      password: secret("password"),
    },
  ];
}

function hostOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "" || /^(?:index\.|registry-1\.)?docker\.io$/.test(host) ? "docker.io" : host;
}
