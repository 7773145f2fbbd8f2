import { join } from "node:path";
import { parseAttributes } from "../../csv.ts";

/**
 * The part of the environment that buildx gets: what it needs to find the engine, its own folders,
 * credentials and helpers, the network, and GitHub's cache service. Any other variable could change
 * a build without a trace in the plan: `SOURCE_DATE_EPOCH` becomes a build argument,
 * `BUILDX_GIT_LABELS` labels, `EXPERIMENTAL_BUILDKIT_SOURCE_POLICY` replaces sources
 * (docker/buildx: build/git.go, commands/build.go, build/opt.go).
 */
const names = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL"],
  ...["SystemRoot", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramData", "PATHEXT"],
  // The engine.
  ...["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS"],
  ...[
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
    "BUILDKIT_HOST",
    "BUILDX_CONFIG",
    "BUILDX_BUILDER",
    "KUBECONFIG",
  ],
  // Credentials, and what their helpers need.
  ...["DOCKER_AUTH_CONFIG", "SSH_AUTH_SOCK", "GNUPGHOME", "GPG_TTY", "PASSWORD_STORE_DIR"],
  ...["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"],
  // The network of buildx itself.
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"],
  ...["http_proxy", "https_proxy", "no_proxy", "all_proxy"],
]);
/** Cloud credentials of caches and helpers, and the cache service of a GitHub job. */
const prefixes = ["XDG_", "AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "ACTIONS_", "KUBERNETES_"];

/** Where Docker's client keeps its config. */
export function dockerConfigFolder(env: NodeJS.ProcessEnv): string {
  const named = env["DOCKER_CONFIG"] ?? "";
  return named === "" ? join(env["HOME"] ?? "/", ".docker") : named;
}

/** Where buildx keeps its builders (docker/buildx, util/confutil). */
export function buildxConfigFolder(env: NodeJS.ProcessEnv): string {
  const named = env["BUILDX_CONFIG"] ?? "";
  return named === "" ? join(dockerConfigFolder(env), "buildx") : named;
}

/** The variables of `env` that buildx gets. */
export function buildxEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
}

/** The variables of `env` that secrets are read from. */
export function secretVariables(
  secrets: readonly string[],
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return Object.fromEntries(
    secretNames(secrets).flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/**
 * The names of the variables that secrets are read from: `id=npm,env=NPM_TOKEN`, or `id=NPM_TOKEN`
 * if no file is given (docker.com/reference/cli/docker/buildx/build, `--secret`).
 */
export function secretNames(secrets: readonly string[]): readonly string[] {
  return secrets.flatMap((secret) => {
    const fields = parseAttributes(secret);
    const file = fields.get("src") ?? fields.get("source");
    return fields.get("env") ?? (file === undefined ? (fields.get("id") ?? []) : []);
  });
}
