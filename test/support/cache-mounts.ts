import { execFileSync } from "node:child_process";
import { testEngine } from "./engine.ts";

/**
 * Deletes the cache mounts of an id, and no others, from the builder that the tests share: as a
 * new builder has none. Returns how many there were.
 */
export function deleteMounts(id: string): number {
  const { buildx, env } = testEngine();
  const run = (...args: string[]): string =>
    execFileSync(buildx, args, {
      env: { ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const used = run("du", "--verbose", "--filter", "type=exec.cachemount");
  const records = used.split(/^(?=ID:)/m).filter((text) => text.includes(`/${id}"`));
  for (const record of records) {
    const [, name = ""] = /^ID:\s+(\S+)/.exec(record) ?? [];
    run("prune", "--force", "--all", "--filter", `id=${name}`);
  }
  return records.length;
}
