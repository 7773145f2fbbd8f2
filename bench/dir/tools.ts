import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { openApt, readMachine } from "../../scripts/engine/apt.ts";
import { messageOf } from "../../src/errors.ts";
import type { Command } from "../support/timed.ts";

/** What saves and restores a folder, once for each name. */
export interface Tool {
  readonly name: string;
  save(tree: string): Command;
  restore(target: string): Command;
  /** How much it has stored so far. Bytes; undefined if it always sends all. */
  stored(): number;
}

interface Where {
  /** A folder of its own. */
  readonly dir: string;
  readonly host: string;
}

/** Ours, the built command line, into a registry. */
export function layerkeepTool({ dir, host }: Where): Tool {
  mkdirSync(dir, { recursive: true });
  const config = join(dir, "layerkeep.yml");
  writeFileSync(config, `cache: ${host}/bench/dirs\nvariants:\n  core: {}\n`);
  writeFileSync(join(dir, "Dockerfile"), "FROM scratch\n");
  const cli = (...args: string[]): Command => {
    const all = [process.execPath, resolve("dist/cli.js"), "dir", ...args];
    const words = [...all, "--quiet", "--config", config, "--json"];
    const output = join(dir, "result.json");
    return ["bash", "-c", '"$@" > "$0"', output, ...words];
  };
  return {
    name: "layerkeep",
    save: (tree) => cli("save", "k", tree),
    restore: (target) => cli("restore", "k", target),
    stored: () => 0,
  };
}

/** An archive of tar and zstd, hashed as a blob must be, and one PUT or GET of curl. */
export function tarTool({ dir, host }: Where): Tool {
  mkdirSync(dir, { recursive: true });
  const up = `
set -euo pipefail
cd "$0"
tar -C "$1" -cf - . | zstd -q -3 -T0 | tee archive | sha256sum | cut -d' ' -f1 > digest
location=$(curl -fsS -X POST -D - -o /dev/null "http://$2/v2/bench/tar/blobs/uploads/" | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
case "$location" in http*) ;; *) location="http://$2$location" ;; esac
case "$location" in *\\?*) joint='&' ;; *) joint='?' ;; esac
curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' -T archive "$location\${joint}digest=sha256:$(cat digest)"
`;
  const down = `
set -euo pipefail
cd "$0"
mkdir "$1"
curl -fsS "http://$2/v2/bench/tar/blobs/sha256:$(cat digest)" | zstd -q -d | tar -C "$1" -xf -
`;
  return {
    name: "tar",
    save: (tree) => ["bash", "-c", up, dir, tree, host],
    restore: (target) => ["bash", "-c", down, dir, target, host],
    stored: () => statSync(join(dir, "archive")).size,
  };
}

/** Into a folder: its own servers would be something else than a registry, too. */
export function resticTool({
  dir,
  program,
}: {
  readonly dir: string;
  readonly program: string;
}): Tool {
  const repository = join(dir, "repository");
  const env = ["env", "RESTIC_PASSWORD=bench", `RESTIC_CACHE_DIR=${join(dir, "cache")}`] as const;
  const restic = (...args: string[]): Command => [...env, program, "-q", "-r", repository, ...args];
  mkdirSync(dir, { recursive: true });
  const [init, ...words] = restic("init");
  execFileSync(init, words);
  return {
    name: "restic",
    save: (tree) => restic("backup", tree),
    restore: (target) => restic("restore", "latest", "--target", target),
    stored: () => bytesIn(repository),
  };
}

/** Into a folder of chunks. */
export function desyncTool({
  dir,
  program,
}: {
  readonly dir: string;
  readonly program: string;
}): Tool {
  const [store, index] = [join(dir, "store"), join(dir, "index.caidx")];
  mkdirSync(store, { recursive: true });
  return {
    name: "desync",
    save: (tree) => [program, "tar", "-i", "-s", store, index, tree],
    restore: (target) => [
      ...(["bash", "-c", 'mkdir "$0" && exec "$@"', target] as const),
      ...[program, "untar", "-i", "-s", store, index, target],
    ],
    stored: () => bytesIn(store),
  };
}

/** Programs of Debian, by name: those of this machine, otherwise unpacked from a suite. */
export async function findPrograms(
  names: readonly string[],
  dir: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    const program = onPath(name) ?? (await unpacked(name, dir));
    if (program !== undefined) found.set(name, program);
  }
  return found;
}

function onPath(name: string): string | undefined {
  try {
    return execFileSync("bash", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

async function unpacked(name: string, dir: string): Promise<string | undefined> {
  try {
    const newer = { suite: "unstable", packages: [name] };
    const apt = await openApt(await readMachine(), { architecture: "amd64", newer });
    const folder = mkdtempSync(join(dir, `${name}-`));
    await apt.unpack(name, folder).finally(() => apt.remove());
    return join(folder, "usr/bin", name);
  } catch (error) {
    console.error(`${name} is not measured: ${messageOf(error)}`);
    return undefined;
  }
}

function bytesIn(folder: string): number {
  return Number(execFileSync("du", ["-sb", folder], { encoding: "utf8" }).split("\t")[0]);
}
