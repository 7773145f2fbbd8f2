import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapping, text } from "../document/values.ts";
import { headOf } from "../events/repository.ts";
import type { ActionCall } from "./stand-in.ts";

interface Wanted {
  readonly name: string;
  readonly folder: string;
  readonly ref: string;
  readonly commit: string;
}

/**
 * actions/checkout v7: one commit unless `fetch-depth` says otherwise, on a branch or detached.
 * The server can be reached afterwards only with persisted credentials, as that of a private
 * repository. What it refuses for fork pull requests in privileged events is refused too.
 */
export function checkout(call: ActionCall): void {
  for (const input of ["submodules", "lfs", "sparse-checkout", "ssh-key"]) {
    const value = call.input(input);
    if (value !== "" && value !== "false") throw new Error(`this stand-in does not know ${input}`);
  }
  const wanted = wantedOf(call);
  refuseUnsafe(call, wanted);
  const path = join(call.workspace, call.input("path"));
  mkdirSync(path, { recursive: true });
  const git = (...args: string[]): void => {
    execFileSync("git", args, { cwd: path, env: call.env, stdio: ["ignore", "pipe", "pipe"] });
  };
  git("init", "--quiet", "--initial-branch=main");
  git("remote", "add", "origin", `https://github.com/${wanted.name}`);
  const depth = Number(call.input("fetch-depth") || "1");
  const fetch = (...args: string[]): void => {
    const shallow = depth === 0 ? [] : [`--depth=${depth}`];
    git("fetch", "--quiet", ...shallow, ...args);
  };
  const server = `file://${wanted.folder}`;
  if (depth === 0) fetch("--tags", server, "+refs/heads/*:refs/remotes/origin/*");
  else if (call.input("fetch-tags") === "true") fetch("--tags", server);
  fetch("--no-tags", server, refspecOf(wanted));
  const branch = /^refs\/heads\/(.+)$/.exec(wanted.ref)?.[1];
  if (branch === undefined) git("checkout", "--quiet", "--force", "--detach", wanted.commit);
  else git("checkout", "--quiet", "--force", "-B", branch, wanted.commit);
  if (call.input("persist-credentials") !== "false") persistCredentials(call, wanted, path, git);
  call.setOutput("ref", wanted.ref);
  call.setOutput("commit", wanted.commit);
}

function wantedOf({ input, trigger, repository, repositories }: ActionCall): Wanted {
  const name = input("repository") || repository.name;
  const isOwn = name === repository.name;
  const folder = isOwn ? repository.folder : repositories[name];
  if (folder === undefined) throw new Error(`Not Found: ${name}`);
  const ref = input("ref");
  if (ref === "" && isOwn) return { name, folder, ref: trigger.ref, commit: trigger.sha };
  if (/^[0-9a-f]{40}$/.test(ref)) return { name, folder, ref: "", commit: ref };
  const candidates = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const candidate of ref === "" ? ["HEAD"] : candidates) {
    try {
      return { name, folder, ref: candidate, commit: headOf({ folder }, candidate) };
    } catch {
      // The next one.
    }
  }
  throw new Error(`A branch or tag with the name '${ref}' could not be found`);
}

/** A branch and a pull request are fetched by commit; a tag by its name, so that it stays annotated. */
function refspecOf({ ref, commit }: Wanted): string {
  if (ref.startsWith("refs/tags/")) return `+${ref}:${ref}`;
  const tracking = ref
    .replace(/^refs\/heads\//, "refs/remotes/origin/")
    .replace(/^refs\/pull\//, "refs/remotes/pull/");
  return `+${commit}:${tracking.startsWith("refs/remotes/") ? tracking : "refs/remotes/origin/checkout"}`;
}

/** Since v7: a fork's code needs `allow-unsafe-pr-checkout` in these two events. */
function refuseUnsafe({ input, trigger, repository }: ActionCall, wanted: Wanted): void {
  if (input("allow-unsafe-pr-checkout") === "true") return;
  const pull = mapping(mapping(trigger.payload["pull_request"])["head"]);
  const run = mapping(trigger.payload["workflow_run"]);
  const isPull = trigger.event === "pull_request_target";
  if (!isPull && !(trigger.event === "workflow_run" && isPullRequestRun(run["event"]))) return;
  const head = text(mapping(isPull ? pull["repo"] : run["head_repository"])["full_name"]);
  if (head === repository.name) return;
  const commit = isPull ? pull["sha"] : run["head_sha"];
  const isUnsafe =
    wanted.name === head || /^refs\/pull\//.test(wanted.ref) || wanted.commit === commit;
  if (!isUnsafe) return;
  throw new Error(
    `Refusing to check out fork pull request code from a '${trigger.event}' workflow`,
  );
}

function isPullRequestRun(event: unknown): boolean {
  return text(event)?.startsWith("pull_request") === true;
}

/** Since v6 the token is in a file beside the checkout, which the local config includes. */
function persistCredentials(
  call: ActionCall,
  wanted: Wanted,
  path: string,
  git: (...args: string[]) => void,
): void {
  const file = join(call.temp, `git-credentials-${wanted.commit.slice(0, 8)}.config`);
  const basic = Buffer.from(`x-access-token:${call.input("token") || call.token}`);
  const header = `[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ${basic.toString("base64")}\n`;
  const server = `[url "file://${wanted.folder}"]\n\tinsteadOf = https://github.com/${wanted.name}\n`;
  writeFileSync(file, header + server);
  const key = `includeIf.gitdir:${join(path, ".git")}.path`;
  git("config", "--local", key, file);
  call.atEnd(() => {
    rmSync(file, { force: true });
  });
}
