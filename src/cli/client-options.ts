import { homedir } from "node:os";
import type { Judgement } from "../trust/judge-run.ts";
import type { Config } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import {
  configuredCredentials,
  type UntrustedCredentials,
} from "../registry/auth/configured-credentials.ts";
import { dockerCredentials } from "../registry/auth/credentials.ts";
import { watchCredentials } from "../registry/auth/used-secrets.ts";
import type { RegistryClientOptions } from "../registry/client.ts";
import { proxySettings } from "../registry/transport/connection/proxy.ts";
import { Traffic } from "../registry/transport/traffic.ts";
import { version } from "../version.ts";
import { fastPaths } from "./fast-paths.ts";
import { type Io, warn } from "./io.ts";
import { type WaitingIo, watchWaiting } from "./progress/watch-waiting.ts";

const longestRequestMs = 3_600_000;

/** `LAYERKEEP_CREDENTIAL_HOSTS`, and the credentials that the default branch's config names. */
export function heldBack({ outsideClaims }: Judgement, io: Io): UntrustedCredentials {
  return {
    hosts: credentialHosts(io.env),
    outside: async () => {
      const found = await outsideClaims();
      return "problem" in found ? found : { rules: found.value.credentials };
    },
    onHeldBack: (message) => warn(io, message),
  };
}

/** For a run whose config was not judged: only the hosts that the environment names. */
export function unknownConfig(io: Io): UntrustedCredentials {
  return {
    hosts: credentialHosts(io.env),
    outside: () => Promise.resolve({ problem: "this command does not read the config" }),
    onHeldBack: (message) => warn(io, message),
  };
}

function credentialHosts(env: NodeJS.ProcessEnv): readonly string[] {
  const text = env["LAYERKEEP_CREDENTIAL_HOSTS"] ?? "";
  return text.split(/[\s,]+/).filter((host) => host !== "");
}

/**
 * What a client needs to talk to registries as this user: the credentials that the config names, of
 * which an untrusted run may use only some, and Docker's credentials otherwise.
 */
export function clientOptions(
  io: WaitingIo & Pick<Io, "env" | "signal" | "warn">,
  { insecure, credentials }: Pick<Config, "insecure" | "credentials">,
  untrusted: UntrustedCredentials | undefined,
): RegistryClientOptions & {
  readonly traffic: Traffic;
  /** The passwords and tokens that registries were given so far. */
  readonly secrets: () => readonly string[];
} {
  const { env, signal } = io;
  const otherwise = dockerCredentials({
    env,
    home: homedir(),
    uid: process.getuid?.(),
    warn: (message) => warn(io, message),
    signal,
  });
  const traffic = new Traffic();
  watchWaiting(traffic, io);
  const configured = { rules: credentials, env, untrusted, otherwise };
  const { source, secrets } = watchCredentials(
    credentials.length === 0 ? otherwise : configuredCredentials(configured),
  );
  return {
    credentials: source,
    secrets,
    insecure,
    userAgent: `layerkeep/${version}`,
    proxy: proxySettings(env),
    ringSockets: fastPaths(env).ringSockets,
    requestMs: requestMsOf(env),
    traffic,
    signal,
  };
}

/** `LAYERKEEP_REQUEST_TIMEOUT`, in seconds. Throws a usage error for any other value. */
function requestMsOf(env: NodeJS.ProcessEnv): number | undefined {
  const text = env["LAYERKEEP_REQUEST_TIMEOUT"] ?? "";
  if (text === "") return undefined;
  const milliseconds = Number(text) * 1000;
  if (milliseconds >= 1000 && milliseconds <= longestRequestMs) return milliseconds;
  throw new UsageError(`invalid LAYERKEEP_REQUEST_TIMEOUT "${text}"`, {
    hint: "set the timeout for each registry request, in seconds, from 1 to 3600",
  });
}
