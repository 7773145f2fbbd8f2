import { readdirSync, readFileSync } from "node:fs";

/** Is in the environment of everything that a test run starts. */
export const runMarker = "LAYERKEEP_TEST_RUN";

/**
 * Ends, with SIGKILL, the processes whose environment has this run's marker: what tests have
 * started and left. Returns their command lines.
 */
export function sweep(run: string): string[] {
  const left = readdirSync("/proc").filter(
    (name) =>
      /^\d+$/.test(name) &&
      Number(name) !== process.pid &&
      read(`/proc/${name}/environ`).split("\0").includes(`${runMarker}=${run}`),
  );
  return left.flatMap((pid) => {
    const line = read(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
    try {
      process.kill(Number(pid), "SIGKILL");
      return [`${pid} ${line}`];
    } catch {
      return [];
    }
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
