import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../../src/errors.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { findBuildx, needProgram, searchPath } from "./paths.ts";
import { run } from "./run.ts";

/** A private dockerd with BuildKit in it, and what a client needs to speak to it. */
export interface Engine {
  /** `unix://…`. */
  readonly dockerHost: string;
  /** DOCKER_HOST, DOCKER_CONFIG and BUILDX_CONFIG, private folders all, and a PATH that has the programs. */
  readonly env: Readonly<Record<string, string>>;
  /** The buildx plugin's own binary. */
  readonly buildx: string;
  readonly dir: string;
  readonly pid: number;
  /** Ends dockerd and what it started, and unmounts what it left; its data stays. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be. */
  kill(): void;
  /** Removes every cached step and every image. */
  emptyCache(): Promise<void>;
}

/** A socket's path has 107 bytes (unix(7)); the longest here is containerd's below exec/. */
const longestDir = 60;

/**
 * Starts dockerd with the containerd image store and everything that it keeps below `dir`,
 * after clearing what a killed one has left there. Where `dir` holds a stopped engine's data,
 * it goes on with them. Throws an engine error with the tail of its log where it does not start.
 */
export async function startEngine({
  dir,
  settings = {},
}: {
  readonly dir: string;
  /** More of its daemon.json. */
  readonly settings?: object;
}): Promise<Engine> {
  if (dir.length > longestDir) {
    throw new EngineError(`the path ${dir} is too long for Unix sockets`, {
      hint: `choose a folder whose path has at most ${longestDir} characters`,
    });
  }
  const buildx = findBuildx() ?? needProgram("docker-buildx");
  const dockerd = needProgram("dockerd");
  await clearStale(dir);
  const dockerHost = `unix://${join(dir, "docker.sock")}`;
  const env = {
    PATH: searchPath(),
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: join(dir, "config"),
    BUILDX_CONFIG: join(dir, "buildx"),
  };
  await writeFolders(dir, buildx, settings);
  const withEnv = { ...process.env, ...env };
  const daemon = await startDaemon({
    name: "dockerd",
    argv: [dockerd, "--config-file", join(dir, "daemon.json"), "-H", dockerHost],
    env: withEnv,
    logFile: join(dir, "dockerd.log"),
    ready: () => answers(buildx, withEnv),
  }).catch(async (error: unknown) => {
    await clearStale(dir);
    throw error;
  });
  return { dockerHost, env, buildx, dir, ...control(daemon, dir, buildx, withEnv) };
}

/** Stops the engine and removes its folder. */
export async function removeEngine(engine: Engine): Promise<void> {
  await engine.stop();
  await rm(engine.dir, { recursive: true, force: true });
}

/** Removes every cached step and every image from the engine that the environment names. */
export async function emptyCache(buildx: string, env: Environment): Promise<void> {
  const purpose = "emptying the engine's cache";
  await run(["docker", "image", "prune", "--all", "--force"], { purpose, env });
  await run([buildx, "prune", "--builder", "default", "--all", "--force"], { purpose, env });
}

type Environment = Readonly<Record<string, string | undefined>>;

function control(daemon: Daemon, dir: string, buildx: string, env: Environment) {
  return {
    pid: daemon.pid,
    kill: () => daemon.kill(),
    async stop() {
      await daemon.stop();
      await clearStale(dir);
    },
    emptyCache: () => emptyCache(buildx, env),
  };
}

async function writeFolders(dir: string, buildx: string, settings: object): Promise<void> {
  const plugins = join(dir, "config/cli-plugins");
  await mkdir(plugins, { recursive: true });
  await mkdir(join(dir, "buildx"), { recursive: true });
  // So that a client that looks in other folders than Debian's finds it.
  await rm(join(plugins, "docker-buildx"), { force: true });
  await symlink(buildx, join(plugins, "docker-buildx"));
  // No "bridge": "none": every RUN would fail with "network bridge not found".
  const config = {
    features: { "containerd-snapshotter": true },
    iptables: false,
    ip6tables: false,
    "ip-forward": false,
    "data-root": join(dir, "data"),
    "exec-root": join(dir, "exec"),
    pidfile: join(dir, "dockerd.pid"),
    "insecure-registries": ["127.0.0.0/8"],
    ...settings,
  };
  await writeFile(join(dir, "daemon.json"), JSON.stringify(config));
}

/** Whether BuildKit answers, not only dockerd. */
async function answers(buildx: string, env: Environment): Promise<boolean> {
  return await run([buildx, "du", "--builder", "default"], {
    purpose: "asking BuildKit",
    env,
  }).then(
    () => true,
    () => false,
  );
}

/**
 * Ends what a killed dockerd has left below the folder: itself, its containerd, the containers'
 * processes, the pid file that keeps the next one from starting, and mounts.
 */
async function clearStale(dir: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const left = processesOf(dir);
    if (left.length === 0) break;
    for (const pid of left) signal(pid);
    await sleep(100);
  }
  for (const mount of mountsBelow(dir)) {
    await run(["umount", "--lazy", mount], { purpose: `unmounting ${mount}` });
  }
  for (const name of ["dockerd.pid", "docker.sock", "exec"]) {
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** Processes that were started as one of the engine's programs with this folder in an argument. */
function processesOf(dir: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [program = "", ...args] = readOr(`/proc/${pid}/cmdline`).split("\0");
      return /(?:^|\/)(?:dockerd|containerd|containerd-shim-runc-v2|runc)$/.test(program)
        ? args.some((arg) => arg.includes(`${dir}/`))
        : false;
    });
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** The deepest first, as unmounting needs them. */
function mountsBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readOr("/proc/self/mounts")
    .split("\n")
    .map((line) => unescapeMount(line.split(" ")[1] ?? ""))
    .filter((mount) => mount.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

/** Blanks and such are octal there (fstab(5)). */
function unescapeMount(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
