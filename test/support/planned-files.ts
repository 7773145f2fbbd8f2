import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfig } from "../../src/config/load/load.ts";
import { createContextHasher } from "../../src/inputs/files/context-files.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planOf } from "./plans.ts";

/** The plan of a folder with these files, of which nothing is staged; no image is looked up. */
export async function planFiles(files: Readonly<Record<string, string>>): Promise<Plan> {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-planned-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await planFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function planFolder(folder: string): Promise<Plan> {
  const sketch = { cache: { host: "ghcr.io", path: "c" }, targets: [], platforms: [] };
  const { context, trust } = planOf(sketch);
  return makePlan(
    await loadConfig({ file: join(folder, "layerkeep.yml"), vars: {} }),
    context,
    {
      now: new Date("2026-11-21T05:00:00Z"),
      version: "0.1.0",
      trust,
      epoch: undefined,
      cacheRepository: "ghcr.io/acme/cache",
      force: false,
      cold: false,
      builder: undefined,
      machine: parsePlatform("linux/amd64"),
    },
    {
      resolvePin: () => Promise.resolve({ resolved: null }),
      hasher: createContextHasher(),
      findStaged: () =>
        Promise.resolve({
          whole: new Set<string>(),
          unusable: new Map(),
          outdated: new Map(),
          warnings: [],
        }),
    },
  );
}

/** A YAML list of flat maps, under a key. */
export function yamlList(key: string, entries: readonly object[]): string {
  const lines = entries.flatMap((entry) =>
    Object.entries(entry).map(
      ([field, value], index) => `  ${index === 0 ? "-" : " "} ${field}: '${String(value)}'`,
    ),
  );
  return `${key}:\n${lines.join("\n")}\n`;
}
