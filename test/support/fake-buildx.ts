import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Buildx } from "../../src/buildkit/builder/buildx.ts";
import { exec } from "../../src/exec.ts";
import { systemEnv } from "./system-env.ts";

/** A shell script in buildx's place, in a folder of its own. */
export interface FakeBuildx extends Disposable {
  readonly buildx: Buildx;
  /** The arguments of each run so far. */
  readonly asked: () => string[];
  /** What was given to it on stdin. */
  readonly stdin: () => string;
}

/** `script` is what it does; the folder is `$FAKE`. */
export function fakeBuildx(script: string, env: NodeJS.ProcessEnv = {}): FakeBuildx {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-fake-buildx-"));
  const path = join(folder, "buildx");
  const recorded = `echo "$*" >> ${folder}/asked\ncat >> ${folder}/stdin\n`;
  writeFileSync(path, `#!/bin/sh\nFAKE=${folder}\n${recorded}${script}\n`);
  chmodSync(path, 0o755);
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch {
      return "";
    }
  };
  return {
    buildx: { path, env: { ...systemEnv, ...env }, exec },
    asked: () => read("asked").split("\n").slice(0, -1),
    stdin: () => read("stdin"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What `buildx inspect` prints of a builder with one node. */
export function inspected(
  name: string,
  driver: string,
  { platforms = "linux/amd64", options = "", containerd = true, endpoint = "default" } = {},
): string {
  return `Name:   ${name}
Driver: ${driver}

Nodes:
Name:           ${name}0
Endpoint:       ${endpoint}
Driver Options: ${options}
Status:         running
Platforms:      ${platforms}
Labels:
${containerd ? " org.mobyproject.buildkit.worker.containerd.uuid: 1" : " a: b"}
`;
}
