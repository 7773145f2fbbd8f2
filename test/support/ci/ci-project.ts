import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { layerkeep } from "../cli.ts";
import { testEngine } from "../engine.ts";
import { createProject, type Project } from "../project.ts";
import { dockerLogin } from "../workflows/stand-ins/docker.ts";
import type { ActionCall } from "../workflows/stand-ins/stand-in.ts";
import { onGithub, type WorkflowProject } from "../workflows/workflow-project.ts";
import type { RunOptions } from "../workflows/run-state.ts";
import { logins, type PackageRegistry } from "./package-registry.ts";

/** The secrets of a repository whose config names no others for its registry. */
const secrets = {
  WRITER: logins.write.username,
  WRITER_PASSWORD: logins.write.password,
  READER: logins.read.username,
  READER_PASSWORD: logins.read.password,
} as const;

/** `ci.logins` for a registry whose logins are in these secrets. */
export function loginsOf({ host }: PackageRegistry): string {
  return `{ "${host}": { username: WRITER, password: WRITER_PASSWORD, read: { username: READER, password: READER_PASSWORD } } }`;
}

/**
 * A repository on GitHub whose jobs reach the test's engine, and take `registry` for `ghcr.io`: a
 * job's token has the rights there that its `permissions` say.
 */
export function createCiProject(
  registry: PackageRegistry,
  files: (id: string) => Readonly<Record<string, string>>,
): WorkflowProject {
  const project = createProject(files);
  const { env, dockerHost } = testEngine();
  // Docker's logins are in the job's own home folder.
  const machine = {
    DOCKER_HOST: dockerHost,
    PATH: env["PATH"] ?? "",
    BUILDX_CONFIG: env["BUILDX_CONFIG"] ?? "",
  };
  return onGithub(project, {
    repositories: { "layerkeep/layerkeep": resolve(".") },
    secrets,
    env: machine,
    ...packagesOn(registry),
  });
}

function packagesOn({ host }: PackageRegistry): Pick<RunOptions, "onGrant" | "standIns"> {
  const rights = new Map<string, string | undefined>();
  const login = (call: ActionCall): void => {
    if (call.input("registry") !== "ghcr.io") {
      dockerLogin(call);
      return;
    }
    const right = rights.get(call.input("password"));
    if (right === undefined) throw new Error("denied: the token has no rights in packages");
    const given: Readonly<Record<string, string>> = {
      registry: host,
      ...(right === "write" ? logins.write : logins.read),
    };
    dockerLogin({ ...call, input: (name) => given[name] ?? call.input(name) });
  };
  return {
    onGrant: ({ token, permissions }) => {
      rights.set(token, permissions["packages"]);
      return {};
    },
    standIns: { "docker/login-action": login },
  };
}

/** Writes the workflows of the project's config with `layerkeep ci github`, and commits them. */
export async function generateWorkflows(project: Project): Promise<void> {
  const { code, stderr } = await layerkeep(project, ["ci", "github"]);
  if (code !== 0) throw new Error(stderr);
  project.commit("workflows");
}

/** The machine's environment, with the clock of Node's processes this many days ahead. */
export function daysLater(
  { outside, options }: WorkflowProject,
  days: number,
): Partial<RunOptions> {
  const file = join(outside, `later-${days}.mjs`);
  writeFileSync(
    file,
    `const now = Date.now, ahead = ${days * 24 * 3600 * 1000};
globalThis.Date = class extends Date {
  constructor(...given) { if (given.length === 0) super(now() + ahead); else super(...given); }
  static now() { return now() + ahead; }
};
`,
  );
  return { env: { ...options.env, NODE_OPTIONS: `--import=${file}` } };
}
