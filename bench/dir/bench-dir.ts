/**
 * Directory caches beside `tar | zstd -T0`, its archive sent and fetched by curl, over the same
 * CNCF registry; and beside desync and restic, each with a folder of its own instead of a registry:
 * the first save, a restore, and saves after changes. `BENCH_SCALE=0.1` makes the folders smaller.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCncfRegistry } from "../../scripts/engine/cncf-registry.ts";
import { at } from "../../test/support/json.ts";
import { type Run, timed } from "../support/timed.ts";
import { type BenchTree, benchTrees } from "./trees.ts";
import {
  desyncTool,
  findPrograms,
  layerkeepTool,
  resticTool,
  tarTool,
  type Tool,
} from "./tools.ts";

type Step = "first save" | "save" | "restore";

/** What one tool took for one step. */
export interface DirFigure {
  readonly tree: string;
  readonly step: Step;
  readonly what: string;
  readonly tool: string;
  readonly run: Run;
  /** Of a save. */
  readonly sent?: number;
  /** Of the folder. */
  readonly bytes: number;
}

/** Needs `dist/`. Prints each figure. */
export async function benchDir(
  print: (line: string) => void = console.log,
): Promise<readonly DirFigure[]> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-dir-"));
  const registry = await startCncfRegistry({ root });
  try {
    const figures: DirFigure[] = [];
    const programs = await findPrograms(["desync", "restic"], root);
    const scale = Number(process.env["BENCH_SCALE"] ?? 1);
    for (const [number, tree] of benchTrees(scale).entries()) {
      const where = { dir: join(root, `bed-${number}`), host: registry.host };
      figures.push(...(await benchTree(tree, toolsIn(where, programs), { ...where, print })));
      await rm(where.dir, { recursive: true, force: true });
    }
    return figures;
  } finally {
    await registry.stop();
    await rm(root, { recursive: true, force: true });
  }
}

function toolsIn(
  { dir, host }: { readonly dir: string; readonly host: string },
  programs: ReadonlyMap<string, string>,
): readonly Tool[] {
  const [desync, restic] = [programs.get("desync"), programs.get("restic")];
  return [
    tarTool({ dir: join(dir, "tar"), host }),
    layerkeepTool({ dir: join(dir, "layerkeep"), host }),
    ...(desync === undefined ? [] : [desyncTool({ dir: join(dir, "desync"), program: desync })]),
    ...(restic === undefined ? [] : [resticTool({ dir: join(dir, "restic"), program: restic })]),
  ];
}

interface Bed {
  readonly dir: string;
  readonly print: (line: string) => void;
}

async function benchTree(
  tree: BenchTree,
  tools: readonly Tool[],
  { dir, print }: Bed,
): Promise<readonly DirFigure[]> {
  const folder = join(dir, "tree");
  tree.make(folder);
  const figures: DirFigure[] = [];
  const all = async (step: Step, what: string): Promise<void> => {
    for (const tool of tools) {
      const before = step === "first save" || tool.name === "tar" ? 0 : tool.stored();
      const command =
        step === "restore" ? tool.restore(join(dir, `back-${tool.name}`)) : tool.save(folder);
      const run = await timed(command, dir);
      const sent = tool.name === "layerkeep" ? sentBy(dir, step) : tool.stored() - before;
      const figure = { tree: tree.name, step, what, tool: tool.name, run, bytes: tree.bytes };
      figures.push(step === "restore" ? figure : { ...figure, sent });
    }
    for (const line of render(figures.slice(-tools.length))) print(`dir       ${line}`);
  };
  await all("first save", "first save");
  await all("restore", "restore");
  for (const { what, make } of tree.changes) {
    make(folder);
    await all("save", what);
  }
  return figures;
}

function sentBy(dir: string, step: Step): number {
  if (step === "restore") return 0;
  const result = readFileSync(join(dir, "layerkeep", "result.json"), "utf8");
  return Number(at(result, "saved", "sent", "bytes"));
}

function render(figures: readonly DirFigure[]): readonly string[] {
  const tar = figures.find(({ tool }) => tool === "tar")?.run;
  return figures.map(({ tree, what, tool, run, sent }) => {
    const times = `${(run.ms / 1000).toFixed(2)} s, ${(run.cpuMs / 1000).toFixed(2)} s of the processor`;
    const ratio =
      tar === undefined || tool === "tar"
        ? ""
        : `; beside tar ${(run.ms / tar.ms).toFixed(2)} times, ${(run.cpuMs / tar.cpuMs).toFixed(2)} of the processor`;
    const bytes = sent === undefined ? "" : `, ${(sent / 1e6).toFixed(1)} MB sent`;
    return `${tree}, ${what}: ${tool} ${times}, ${run.peakMiB.toFixed(0)} MiB${bytes}${ratio}`;
  });
}

/** A budget, and whether a run is within it. */
export interface DirVerdict {
  readonly good: boolean;
  readonly text: string;
}

const mostMiB = 200;
const leastSpeedup = 8;
const mostSent = 0.05;

/**
 * The budgets: no save or restore takes longer than tar, a save after 5 % changed is eight times as
 * fast and sends under 5 % of the bytes, and none takes more than 200 MiB of memory.
 */
export function judgeDir(figures: readonly DirFigure[]): readonly DirVerdict[] {
  return figures
    .filter(({ tool }) => tool === "layerkeep")
    .flatMap((ours) => {
      const { tree, step, what, run, sent = 0, bytes } = ours;
      const tar = figures.find(
        (one) => one.tool === "tar" && one.tree === tree && one.what === what,
      );
      const speedup = (tar?.run.ms ?? 0) / run.ms;
      const least = step === "save" ? leastSpeedup : 1;
      const share = sent / bytes;
      const speed = {
        good: speedup >= least,
        text: `${tree}, ${what}: ${speedup.toFixed(2)} times as fast as tar, budget ${least}`,
      };
      const memory = {
        good: run.peakMiB <= mostMiB,
        text: `${tree}, ${what}: ${run.peakMiB.toFixed(0)} MiB, budget ${mostMiB}`,
      };
      if (step !== "save") return [speed, memory];
      const text = `${tree}, ${what}: ${(100 * share).toFixed(1)} % of the bytes sent, budget 5`;
      return [speed, memory, { good: share < mostSent, text }];
    });
}
