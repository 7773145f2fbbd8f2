import { sameText, type Text, type Tri } from "../../../expressions/value.ts";
import type { Placed } from "../../../model/builds.ts";
import { machineOf } from "../../../github/jobs/machine.ts";
import type { StepRun } from "../../../model/pipeline.ts";

/**
 * The registry that a reference names; undefined for one on the machine itself, and if only a run
 * can tell whether it names one.
 */
export function registryOf({ text, unknown }: Text): Text | undefined {
  if (/^\$\{\{(?:(?!\}\}).)*\}\}[^/]*$/s.test(text)) return undefined;
  const [first = ""] = /^(?:\$\{\{.*?\}\}|[^/$])+(?=\/)/s.exec(text) ?? [];
  const isHost = /[.:]|^\$\{\{/.test(first);
  if (!isHost) return { text: "docker.io", unknown: [] };
  if (/^(?:localhost|127\.|host\.docker\.internal|[\w-]+:\d+$)/.test(first)) return undefined;
  const parts = unknown.filter(({ expression }) => first.includes(`\${{ ${expression} }}`));
  return { text: first, unknown: parts };
}

/** Whether a job has logged in to a registry before a step; undefined if it may have. */
export function isLoggedIn({ job, step }: Placed, registry: Text): Tri {
  const before = job.steps.slice(0, job.steps.indexOf(step) + 1);
  const logins = before.flatMap(({ operations, runs }) =>
    operations.flatMap((operation) =>
      operation.kind === "login"
        ? [{ same: sameRegistry(operation.registry, registry), runs }]
        : [],
    ),
  );
  if (logins.some(({ same, runs }) => same === true && runs === true)) return true;
  if (logins.some(({ same }) => same !== false)) return undefined;
  const may = job.opaque.length > 0 || before.some(mayLogIn) || keepsLogins(job.runner);
  return may ? undefined : false;
}

function sameRegistry(left: Text, right: Text): Tri {
  const named = (text: Text): Text => ({
    ...text,
    text: text.text
      .replace(/^https?:\/\//, "")
      .replace(/\/.*$/, "")
      .replace(/^(?:(?:index|registry-1)\.)?docker\.io$|^$/, "docker.io"),
  });
  return sameText(named(left), named(right));
}

/** Such as aws-actions/amazon-ecr-login, or a script that writes Docker's configuration. */
function mayLogIn({ action, script, env, operations }: StepRun): boolean {
  if (env.has("DOCKER_CONFIG") || env.has("DOCKER_AUTH_CONFIG")) return true;
  const unread = (script?.value.text ?? "").replaceAll(readLogin, "");
  if (/login|config\.json|configure-docker|credential|\bauths?\b/.test(unread)) return true;
  const isRead = operations.some(({ kind }) => kind === "login");
  if (isRead || action === undefined || action.name.startsWith("./")) return false;
  return !/^(?:actions|docker)\//.test(action.name) || action.name === "actions/github-script";
}

/** Logins that are known, and the password for one of them. */
const readLogin = /\b(?:(?:docker|podman|buildah|skopeo|crane +auth) +login|get-login-password)\b/g;

/** A machine that is not thrown away after the job may be logged in already. */
function keepsLogins(labels: readonly Text[]): boolean {
  return labels.length > 0 && machineOf(labels) === undefined;
}
