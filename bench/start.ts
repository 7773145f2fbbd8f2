/** What our start costs over Node's own. */
import { resolve } from "node:path";
import { exec, execOk } from "../src/exec.ts";
import { median } from "./bed.ts";

export interface StartFigure {
  /** Medians, in milliseconds. */
  readonly node: number;
  readonly layerkeep: number;
  /** Milliseconds that may be added. */
  readonly allowed: number;
}

const rounds = 25;

/** `node -e 0` and `layerkeep --version` by turns. */
export async function benchStart(): Promise<StartFigure> {
  const times: { node: number[]; layerkeep: number[] } = { node: [], layerkeep: [] };
  for (let round = 0; round < rounds; round++) {
    times.node.push(await timed(["-e", "0"]));
    times.layerkeep.push(await timed([resolve("dist/cli.js"), "--version"]));
  }
  return { node: median(times.node), layerkeep: median(times.layerkeep), allowed: 25 };
}

async function timed(args: readonly string[]): Promise<number> {
  const start = performance.now();
  await execOk(exec, [process.execPath, ...args], { env: process.env, purpose: "bench" });
  return performance.now() - start;
}
