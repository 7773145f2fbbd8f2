import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { median } from "./bed.ts";

const run = promisify(execFile);

/** How long planning takes, the start of node included. Milliseconds, medians. */
export interface PlanFigure {
  readonly legs: number;
  readonly files: number;
  readonly milliseconds: number;
  /** Undefined: only to see how the time grows. */
  readonly budget: number | undefined;
}

const sizes = [
  { legs: 500, files: 5_000, budget: 400 },
  { legs: 500, files: 50_000, budget: undefined },
  { legs: 5_000, files: 5_000, budget: undefined },
] as const;

const rounds = 5;
const cli = join(import.meta.dirname, "..", "dist", "cli.js");

/**
 * `layerkeep plan --json` of the built command line, in a git checkout of its own, without a
 * registry: base images are `scratch`, and no cache repository is named.
 */
export async function benchPlan(
  print: (line: string) => void = console.log,
): Promise<readonly PlanFigure[]> {
  const figures: PlanFigure[] = [];
  for (const { legs, files, budget } of sizes) {
    const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-plan-"));
    try {
      await writeTree(root, legs, files);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) times.push(await timePlan(root, legs));
      const figure = { legs, files, budget, milliseconds: median(times) };
      figures.push(figure);
      print(renderFigure(figure));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
  return figures;
}

/** Variants of two platforms each, which share ten Dockerfiles and a tree of small files. */
async function writeTree(root: string, legs: number, files: number): Promise<void> {
  const folders = 50;
  for (let folder = 0; folder < folders; folder++) {
    await mkdir(join(root, `part${folder}`));
    for (let file = 0; file < files / folders; file++) {
      const content = `${folder} ${file}\n`.repeat(200);
      await writeFile(join(root, `part${folder}`, `file${file}.txt`), content);
    }
  }
  for (let image = 0; image < 10; image++) {
    const copies = Array.from({ length: folders / 10 }, (_, at) => image * (folders / 10) + at);
    const lines = copies.map((part) => `COPY part${part} /part${part}`);
    const text = ["FROM scratch", "ARG VARIANT", "ARG REFRESH", ...lines, ""].join("\n");
    await writeFile(join(root, `Dockerfile.${image}`), text);
  }
  const variants = Array.from({ length: legs / 2 }, (_, index) =>
    [
      `  variant-${index}:`,
      `    dockerfile: ./Dockerfile.${index % 10}`,
      "    platforms: [linux/amd64, linux/arm64]",
      `    args: { VARIANT: "${index}", BUILD_TYPE: cublas, CUDA_MAJOR_VERSION: "12" }`,
    ].join("\n"),
  );
  const config = `refresh: { arg: REFRESH, every: week }\nvariants:\n${variants.join("\n")}\n`;
  await writeFile(join(root, "layerkeep.yml"), config);
  await writeFile(join(root, ".dockerignore"), ".git\n");
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...identity, "commit", "-qm", "tree"],
  ]) {
    await run("git", args, { cwd: root });
  }
}

/** Without what makes node itself start slower on some machines, such as more authorities to read. */
const plainEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")),
);

/** Planning 500 legs with the fast path for plain YAML and without it, in turns. Medians. */
export async function benchPlainYaml(): Promise<{ readonly on: number; readonly off: number }> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-yaml-"));
  try {
    await writeTree(root, 500, 500);
    const [on, off]: [number[], number[]] = [[], []];
    for (let round = 0; round < 2 * rounds; round++) {
      on.push(await timePlan(root, 500));
      off.push(await timePlan(root, 500, { LAYERKEEP_PLAIN_YAML: "0" }));
    }
    return { on: median(on), off: median(off) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function timePlan(root: string, legs: number, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const began = performance.now();
  const { stdout } = await run(process.execPath, [cli, "plan", "--json"], {
    cwd: root,
    env: { ...plainEnv, ...env },
    maxBuffer: 256 << 20,
  });
  const milliseconds = performance.now() - began;
  const plan: unknown = JSON.parse(stdout);
  const planned =
    typeof plan === "object" && plan !== null && "legs" in plan && Array.isArray(plan.legs)
      ? plan.legs.length
      : 0;
  if (planned !== legs) throw new Error(`the plan has ${planned} legs instead of ${legs}`);
  return milliseconds;
}

function renderFigure({ legs, files, milliseconds, budget }: PlanFigure): string {
  const against = budget === undefined ? "" : ` (budget ${budget})`;
  return `plan      ${legs} legs, ${files} files: ${milliseconds.toFixed(0)} ms${against}`;
}
