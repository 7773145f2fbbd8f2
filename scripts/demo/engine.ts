import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectBuilder } from "../../src/buildkit/builder/builder.ts";
import { findBuildx } from "../../src/buildkit/builder/buildx.ts";
import { EngineError, messageOf } from "../../src/errors.ts";
import { exec, execOk } from "../../src/exec.ts";
import { readMachine, openApt } from "../engine/apt.ts";
import { enableArm64 } from "../engine/arm64.ts";
import { pushBaseImage } from "../engine/base-image.ts";
import { startEngine } from "../engine/docker.ts";
import { installPackages } from "../engine/packages.ts";
import { findProgram, needProgram } from "../engine/paths.ts";
import { run } from "../engine/run.ts";

/** A BuildKit whose cache is the demo's own to empty. */
export interface DemoEngine {
  /** For people: which engine it is, and why. */
  readonly words: string;
  /** What a client needs to reach it: PATH, DOCKER_…, BUILDX_…. */
  readonly env: Readonly<Record<string, string>>;
  /** busybox for linux/amd64 and linux/arm64. */
  readonly base: string;
  readonly skopeo: string;
  /** Removes every cached step; gives what the engine says that it still holds. */
  emptyCache(): Promise<string>;
  stop(): Promise<void>;
}

interface EngineOptions {
  /** A short path that is the demo's own. */
  readonly dir: string;
  /** `127.0.0.1:PORT`, which the engine has to reach; it may be written to. */
  readonly registry: string;
  readonly signal: AbortSignal;
}

/**
 * The Docker of this machine, with a builder of our own in it, where it answers and can do all
 * that the demo needs; else a private engine from Debian's packages. Throws an engine error
 * where neither is to be had.
 */
export async function startDemoEngine(options: EngineOptions): Promise<DemoEngine> {
  const dir = join(options.dir, "user");
  try {
    return await useDocker({ ...options, dir });
  } catch (error) {
    options.signal.throwIfAborted();
    return await startPrivate(options, lastLine(messageOf(error)).replace(/^ERROR: /, ""));
  }
}

const builder = "layerkeep-demo";
const hubBase = "docker.io/library/busybox:1.37";
/** Its image may have to be pulled. */
const createTimeout = 180_000;

/**
 * A builder in a container of its own: the cache of the user's builders stays as it is. Throws
 * where Docker does not answer or a build on trial fails.
 */
async function useDocker({ dir, registry, signal }: EngineOptions): Promise<DemoEngine> {
  const endpoint = await dockerEndpoint(signal);
  const { path: buildx } = await findBuildx(process.env, exec);
  const env = {
    PATH: process.env["PATH"] ?? "",
    DOCKER_HOST: endpoint,
    DOCKER_CONFIG: join(dir, "config"),
    BUILDX_CONFIG: join(dir, "buildx"),
    BUILDX_BUILDER: builder,
  };
  await mkdir(join(dir, "config/cli-plugins"), { recursive: true });
  await symlink(buildx, join(dir, "config/cli-plugins/docker-buildx"));
  const call = (purpose: string, ...args: string[]) =>
    execOk(exec, [buildx, ...args], { env, purpose, signal, timeout: createTimeout });
  const stop = async () => {
    // Not by the signal: it is what has to be done after an abort, too.
    await exec([buildx, "rm", "--force", builder], { env, purpose: "removing the builder" });
  };
  try {
    const host = ["--driver=docker-container", "--driver-opt=network=host"];
    await call("creating a builder", "create", `--name=${builder}`, "--bootstrap", ...host);
    await tryBuild(join(dir, "trial"), registry, call);
    const { nodes } = await inspectBuilder({ path: buildx, env, exec }, builder, signal);
    return {
      words: `this machine's Docker, with BuildKit ${nodes[0]?.buildkit ?? ""} in a new container`,
      env,
      base: hubBase,
      skopeo: await needSkopeo(),
      emptyCache: async () => {
        await call("emptying the builder", "prune", "--all", "--force");
        return lastLine(await call("asking the builder", "du"));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a step on both platforms and pushes: emulation, the base image and the way to the registry. */
async function tryBuild(
  folder: string,
  registry: string,
  call: (purpose: string, ...args: string[]) => Promise<string>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Dockerfile"), `FROM ${hubBase}\nRUN true\n`);
  const output = `--output=type=image,name=${registry}/trial:1,push=true`;
  const wanted = ["--platform=linux/amd64,linux/arm64", "--provenance=false", "--progress=plain"];
  await call("running a test build", "build", ...wanted, output, folder);
}

async function dockerEndpoint(signal: AbortSignal): Promise<string> {
  if (findProgram("docker") === undefined) throw new EngineError("it is not installed");
  const docker = (...args: string[]) =>
    exec(["docker", ...args], {
      env: process.env,
      purpose: "asking Docker",
      signal,
      timeout: 20_000,
    });
  const version = await docker("version", "--format", "{{.Server.Version}}");
  if (version.exitCode !== 0) throw new EngineError("it does not answer");
  const { stdout } = await docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}");
  const endpoint = process.env["DOCKER_HOST"] ?? stdout.trim();
  if (endpoint.startsWith("unix://")) return endpoint;
  throw new EngineError(`it runs elsewhere, at ${endpoint}`);
}

async function startPrivate(
  { dir, registry }: EngineOptions,
  whyNotDocker: string,
): Promise<DemoEngine> {
  if (process.getuid?.() !== 0) {
    throw new EngineError(
      `cannot use this machine's Docker (${whyNotDocker}), and only root can start another one`,
      {
        hint: "run `npm run demo` as root, or start a Docker that can build for linux/arm64",
      },
    );
  }
  await installPackages();
  if (!(await enableArm64())) {
    throw new EngineError("this machine cannot run linux/arm64 programs", {
      hint: "enable binfmt_misc (in a container, this needs --privileged), or use a machine where it is enabled",
    });
  }
  const engine = await startEngine({ dir: join(dir, "engine") });
  try {
    const base = `${registry}/base/busybox:1.37`;
    await pushBaseImage(engine, base);
    const version = await run(["docker", "version", "--format", "{{.Server.Version}}"], {
      purpose: "asking the engine",
      env: { ...engine.env },
    });
    return {
      words: `Docker ${version.trim()} from Debian's packages, started for this demo\n            (not this machine's Docker: ${whyNotDocker})`,
      env: { ...engine.env, BUILDX_BUILDER: "default" },
      base,
      skopeo: needProgram("skopeo"),
      emptyCache: async () => {
        await engine.emptyCache();
        const du = [engine.buildx, "du", "--builder", "default"] as const;
        return lastLine(await run(du, { purpose: "asking the engine", env: { ...engine.env } }));
      },
      stop: () => engine.stop(),
    };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function needSkopeo(): Promise<string> {
  if (findProgram("skopeo") === undefined) {
    const apt = await openApt(await readMachine(), { architecture: "amd64" });
    await apt.install(["skopeo"]).finally(() => apt.remove());
  }
  return needProgram("skopeo");
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}
