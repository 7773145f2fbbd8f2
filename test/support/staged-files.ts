import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "./json.ts";
import { layerkeep } from "./cli.ts";
import type { Project } from "./project.ts";
import { testEngine } from "./engine.ts";

/** A file's text in an image, by its path without a slash in front; undefined if it has none. */
export function fileIn(image: string, path: string): string | undefined {
  const { buildx, env } = testEngine();
  const dir = mkdtempSync(join(tmpdir(), "layerkeep-staged-"));
  const archive = join(dir, "image.tar");
  try {
    writeFileSync(join(dir, "Dockerfile"), `FROM ${image}\n`);
    const argv = ["build", "--quiet", "--pull", "--output", `type=tar,dest=${archive}`, dir];
    execFileSync(buildx, argv, { env, stdio: "pipe" });
    const names = execFileSync("tar", ["tf", archive], { encoding: "utf8", stdio: "pipe" });
    if (!names.split("\n").includes(path)) return undefined;
    return execFileSync("tar", ["xOf", archive, path], { encoding: "utf8", stdio: "pipe" });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The same for a leg of a plan's file. */
export function stagedIn(planFile: string, path: string): string | undefined {
  return fileIn(String(at(readFileSync(planFile, "utf8"), "legs", 0, "staged", "leg")), path);
}

/** What a plan says of one leg. */
export interface PlannedNow {
  readonly action: string;
  readonly reason: string;
  readonly digest: string;
  readonly unpinned: readonly string[];
  /** The reference that it is staged under. */
  readonly staged: string;
  readonly warnings: readonly string[];
}

/** Plans a project, and gives the leg of a variant on linux/amd64. */
export async function planNow(
  project: Project,
  env: Readonly<Record<string, string>>,
  variant = "app",
): Promise<PlannedNow> {
  const result = await layerkeep(project, ["plan", "--write", "--json"], { env });
  if (result.code !== 0) throw new Error(`plan: ${result.stderr}`);
  const plan = result.stdout;
  const legs = at(plan, "legs");
  const ids = Array.isArray(legs) ? legs.map((_, index) => at(plan, "legs", index, "id")) : [];
  const index = ids.indexOf(`${variant}/linux/amd64`);
  const text = (...path: string[]): string => String(at(plan, "legs", index, ...path));
  const texts = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.map(String) : [];
  return {
    action: text("action"),
    reason: text("reason"),
    digest: text("input", "digest"),
    unpinned: texts(at(plan, "legs", index, "unpinned")),
    staged: text("staged", "leg"),
    warnings: texts(at(plan, "warnings")),
  };
}
