import { secretNamesOf } from "../../ci/registries.ts";
import { constant } from "./texts.ts";
import type { Reading } from "./reading.ts";
import { secretIn } from "./secrets.ts";

/** The names of the secrets for a registry. */
export interface OldLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** The logins of docker/login-action that the generated workflow does not have by itself. */
export function loginsOf(reading: Reading): readonly OldLogin[] {
  const steps = reading.jobs.flatMap((job) => job.steps);
  return steps.flatMap(({ action, span }) => {
    if (action?.name !== "docker/login-action") return [];
    const registry = action.inputs.get("registry");
    const given = registry === undefined ? "" : constant(registry.value, reading);
    if (given === undefined) {
      reading.lost.add(span, "the registry of this login is only known at run time");
      return [];
    }
    const host = hostOf(given);
    const password = action.inputs.get("password");
    const username = action.inputs.get("username");
    const secret = password === undefined ? undefined : secretIn(password.value);
    if (secret === "GITHUB_TOKEN" && host === "ghcr.io") return [];
    const user = username === undefined ? undefined : secretIn(username.value);
    const names = secretNamesOf(host);
    const login = { host, username: user ?? names.username, password: secret ?? names.password };
    if (user === undefined || secret === undefined || user === "GITHUB_TOKEN") {
      const missing = user === undefined ? login.username : login.password;
      reading.lost.add(
        span,
        `the login to ${host} does not use secrets for both the user name and the password`,
        `add the secret ${missing} to the repository`,
      );
    }
    return [login];
  });
}

function hostOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "" || /^(?:index\.|registry-1\.)?docker\.io$/.test(host) ? "docker.io" : host;
}
