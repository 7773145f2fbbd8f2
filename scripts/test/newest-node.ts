import { join } from "node:path";
import { run } from "../engine/run.ts";

/**
 * Downloads the newest Node that the npm package `node` gives into `dir` and returns the
 * program's path. That package fetches the platform's own from an install script, which npm may
 * be told not to run: the platform's package is named here, at the version that `node` has.
 */
export async function fetchNewestNode(dir: string): Promise<string> {
  const version = (
    await run(["npm", "view", "node", "version"], { purpose: "newest Node" })
  ).trim();
  const name = `node-${process.platform}-${process.arch}`;
  const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir];
  await run(["npm", "install", ...flags, `${name}@${version}`], {
    purpose: `fetching Node ${version}`,
  });
  return join(dir, "node_modules", name, "bin/node");
}
