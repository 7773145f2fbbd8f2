import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";

/** Whether this process has mounts of its own, which its parent does not see. */
export function hasPrivateMounts(): boolean {
  const [own, parents] = ["self", process.ppid].map((id) => readlinkSync(`/proc/${id}/ns/mnt`));
  return own !== parents;
}

/**
 * Runs this program again with mounts of its own, and gives its exit code. Else a container that
 * starts at the wrong moment copies our mounts: a disk that we unmounted is then still in use. They
 * are also gone with the last process that has them, however that ends.
 */
export async function runWithPrivateMounts(): Promise<number> {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn("unshare", ["--mount", ...again], { stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => child.kill(name));
  const ended: readonly unknown[] = await once(child, "exit");
  return typeof ended[0] === "number" ? ended[0] : 1;
}
