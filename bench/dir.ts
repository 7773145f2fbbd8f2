/**
 * A directory cache beside `tar | zstd -T0`, its archive sent and fetched by curl, over the same
 * CNCF registry: the first save, a save after 5 % of the files changed, and a restore. A quarter of
 * the bytes does not compress.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startCncfRegistry } from "../scripts/engine/cncf-registry.ts";
import { type Command, type Run, timed } from "./support/timed.ts";

export interface DirFigure {
  readonly what: string;
  readonly ours: Run;
  readonly tar: Run;
}

const files = 5_000;
const fileBytes = 50_000;

/** Needs `dist/`. Prints each figure. */
export async function benchDir(
  print: (line: string) => void = console.log,
): Promise<readonly DirFigure[]> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-dir-"));
  const registry = await startCncfRegistry({ root });
  try {
    const tree = join(root, "tree");
    writeTree(tree, 1);
    const bed = { root, tree, host: registry.host };
    const config = join(root, "layerkeep.yml");
    writeFileSync(config, `cache: ${registry.host}/bench/dirs\nvariants:\n  core: {}\n`);
    writeFileSync(join(root, "Dockerfile"), "FROM scratch\n");
    const layerkeep = (...args: string[]): Command => [
      process.execPath,
      resolve("dist/cli.js"),
      "dir",
      ...args,
      "--quiet",
      "--config",
      config,
    ];
    const figures: DirFigure[] = [];
    const compare = async (what: string, ours: Command, tar: Command): Promise<void> => {
      const figure = { what, tar: await timed(tar, root), ours: await timed(ours, root) };
      figures.push(figure);
      print(`dir       ${what}: ours ${render(figure.ours)}, tar ${render(figure.tar)}`);
    };
    await compare("first save", layerkeep("save", "k", tree), tarUp(bed));
    writeTree(tree, 20);
    await compare("save after 5 % changed", layerkeep("save", "k", tree), tarUp(bed));
    const target = join(root, "restored");
    await compare("restore", layerkeep("restore", "k", target), tarDown(bed));
    return figures;
  } finally {
    await registry.stop();
    await rm(root, { recursive: true, force: true });
  }
}

/** Every `step`th file is written anew. */
function writeTree(tree: string, step: number): void {
  for (let number = 0; number < files; number += step) {
    const folder = join(tree, String(number % 100));
    mkdirSync(folder, { recursive: true });
    const content = number % 4 === 0 ? randomBytes(fileBytes) : text(`${step}-${number}`);
    writeFileSync(join(folder, String(number)), content);
  }
}

/** Text that compresses to about half, as sources do. */
function text(seed: string): string {
  let line = createHash("sha256").update(seed).digest("hex");
  let all = "";
  while (all.length < fileBytes) {
    all += `const ${line.slice(0, 12)} = require("./${line.slice(20, 40)}");\n`;
    line = createHash("sha256").update(line).digest("hex");
  }
  return all.slice(0, fileBytes);
}

interface Bed {
  readonly root: string;
  readonly tree: string;
  readonly host: string;
}

/** An archive, hashed as a blob must be, and one PUT. */
function tarUp({ root, tree, host }: Bed): Command {
  const script = `
set -euo pipefail
cd "$0"
tar -C "$1" -cf - . | zstd -q -3 -T0 | tee archive | sha256sum | cut -d' ' -f1 > digest
location=$(curl -fsS -X POST -D - -o /dev/null "http://$2/v2/bench/tar/blobs/uploads/" | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
case "$location" in http*) ;; *) location="http://$2$location" ;; esac
case "$location" in *\\?*) joint='&' ;; *) joint='?' ;; esac
curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' -T archive "$location\${joint}digest=sha256:$(cat digest)"
`;
  return ["bash", "-c", script, root, tree, host];
}

function tarDown({ root, host }: Bed): Command {
  const script = `
set -euo pipefail
cd "$0"
mkdir untarred
curl -fsS "http://$1/v2/bench/tar/blobs/sha256:$(cat digest)" | zstd -q -d | tar -C untarred -xf -
`;
  return ["bash", "-c", script, root, host];
}

function render({ ms, cpuMs, peakMiB }: Run): string {
  return `${(ms / 1000).toFixed(2)} s (${(cpuMs / 1000).toFixed(2)} s of the processor, ${peakMiB.toFixed(0)} MiB)`;
}
