import { rm, writeFile } from "node:fs/promises";
import { EngineError, messageOf } from "../../src/errors.ts";
import { type Apt, type Machine, openApt, readMachine } from "./apt.ts";
import {
  busyboxOf,
  cacheFolder,
  findBuildx,
  findProgram,
  isExecutable,
  qemuArm64,
  searchPath,
} from "./paths.ts";
import { run, timed } from "./run.ts";
import { hasSccache, unpackSccache } from "./sccache.ts";

/** Debian 12's own engine, 20.10, lacks the containerd image store; 26 has all that we need. */
const oldestEngine = 26;

/** Where the engine comes from, the first that installs. */
const suites = ["unstable", "trixie"] as const;

/** What is taken from the newer suite where it is missing, by the program that it brings. */
const fromNewer = ["docker.io", "containerd", "docker-buildx", "docker-cli", "tini-static"];

/**
 * Installs from Debian what the engine needs and this machine lacks, and unpacks into the cache
 * folder what is needed without being installed (busybox of both architectures, qemu, sccache). Does
 * nothing where all is there. Throws an engine error where it is not root or not on Debian, and
 * a command error with what apt said where apt fails.
 */
export async function installPackages(): Promise<void> {
  const [missing, unpacked] = await timed("looking for the engine packages", async () => [
    await missingPackages(),
    missingFolders(),
  ]);
  if (missing.length === 0 && unpacked.length === 0 && hasSccache()) return;
  checkHost();
  const machine = await readMachine();
  const foreign = unpacked.filter((folder) => folder.architecture !== "amd64");
  const native = unpacked.filter((folder) => folder.architecture === "amd64");
  await Promise.all([
    installNative(machine, missing, native),
    foreign.length === 0 ? undefined : unpackForeign(machine, foreign),
    hasSccache() ? undefined : unpackSccache(machine),
  ]);
}

interface Folder {
  readonly name: string;
  readonly architecture: "amd64" | "arm64";
  readonly path: string;
}

async function missingPackages(): Promise<string[]> {
  const lacks = (program: string) => findProgram(program) === undefined;
  const old = lacks("dockerd") || (await engineVersion()) < oldestEngine;
  return [
    ...(old ? ["docker.io"] : []),
    ...(old || lacks("containerd") ? ["containerd"] : []),
    ...(findBuildx() === undefined ? ["docker-buildx"] : []),
    ...(lacks("docker") ? ["docker-cli"] : []),
    ...[
      "runc",
      "iptables",
      "docker-registry",
      "skopeo",
      "rsync",
      "zsh",
      "fish",
      "mandoc",
      "ccache",
      "gcc",
    ].filter(lacks),
  ];
}

/** The major version of dockerd, 0 where it does not say. */
async function engineVersion(): Promise<number> {
  const text = await run(["dockerd", "--version"], {
    purpose: "asking dockerd for its version",
    env: { ...process.env, PATH: searchPath() },
  }).catch(() => "");
  return Number(/version (\d+)\./.exec(text)?.[1] ?? 0);
}

function missingFolders(): Folder[] {
  const wanted: readonly (Folder & { readonly program: string })[] = [
    {
      name: "busybox-static",
      architecture: "amd64",
      path: `${cacheFolder()}/busybox-static-amd64`,
      program: busyboxOf("amd64"),
    },
    {
      name: "busybox-static",
      architecture: "arm64",
      path: `${cacheFolder()}/busybox-static-arm64`,
      program: busyboxOf("arm64"),
    },
    {
      name: "qemu-user-static",
      architecture: "amd64",
      path: `${cacheFolder()}/qemu-user-static`,
      program: qemuArm64(),
    },
  ];
  return wanted.filter((folder) => !isExecutable(folder.program));
}

function checkHost(): void {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new EngineError(
      `the engine runs only on linux/amd64, not on ${process.platform}/${process.arch}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new EngineError("installing packages and starting an engine require root", {
      hint: "run it as root, or in a virtual machine",
    });
  }
}

/** Tries one suite after the other: unstable is at times not installable. */
async function installNative(machine: Machine, packages: string[], folders: readonly Folder[]) {
  if (packages.length === 0 && folders.length === 0) return;
  const failures: string[] = [];
  for (const suite of suites) {
    try {
      await installFrom(machine, suite, packages, folders);
      return;
    } catch (error) {
      failures.push(`${suite}: ${messageOf(error)}`);
      console.error(`could not use Debian ${suite}: ${messageOf(error)}`);
    }
  }
  throw new EngineError(`could not install the Debian packages\n${failures.join("\n")}`, {
    hint: "check whether `apt-get update` works on this machine",
  });
}

async function installFrom(
  machine: Machine,
  suite: string,
  packages: readonly string[],
  folders: readonly Folder[],
): Promise<void> {
  const newer = { suite, packages: fromNewer };
  const apt = await timed(`reading the package lists of ${machine.codename} and ${suite}`, () =>
    openApt(machine, { architecture: "amd64", newer }),
  );
  try {
    await Promise.all([
      packages.length === 0 ? undefined : installWith(apt, withInit(packages, suite)),
      unpackWith(apt, folders),
    ]);
  } finally {
    await apt.remove();
  }
}

/** Unstable's docker.io leaves its init to a package of its own, which trixie does not have. */
function withInit(packages: readonly string[], suite: string): readonly string[] {
  return suite === "unstable" && packages.includes("docker.io")
    ? [...packages, "tini-static"]
    : packages;
}

async function installWith(apt: Apt, packages: readonly string[]): Promise<void> {
  await timed(`installing ${packages.join(" ")}`, () =>
    withoutServices(() => apt.install(packages)),
  );
}

async function unpackWith(apt: Apt, folders: readonly Folder[]): Promise<void> {
  for (const { name, architecture, path } of folders) {
    await timed(`unpacking ${name} (${architecture}) into ${path}`, () => apt.unpack(name, path));
  }
}

async function unpackForeign(machine: Machine, folders: readonly Folder[]): Promise<void> {
  const apt = await timed(`reading the package lists of ${machine.codename} for arm64`, () =>
    openApt(machine, { architecture: "arm64" }),
  );
  try {
    await unpackWith(apt, folders);
  } finally {
    await apt.remove();
  }
}

/**
 * Keeps the packages from starting their services while they are installed: invoke-rc.d asks
 * this file, and 101 says no (invoke-rc.d(8)). A policy that is there already stays.
 */
async function withoutServices(install: () => Promise<void>): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755, flag: "wx" }).then(
    () => true,
    () => false,
  );
  try {
    await install();
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}
