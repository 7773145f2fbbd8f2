import { basename } from "node:path";
import type { Machine } from "./machine.ts";

/** The spare disk of GitHub's runners. */
const spareFolder = "/mnt";
const containerdRoot = "/var/lib/containerd";
/** In the order in which they are started; stopped the other way round. */
const services = ["containerd.service", "docker.socket", "docker.service"];

/**
 * Moves what Docker and containerd keep to the runner's spare disk: copied there, and mounted over
 * the old folder, so that no setting changes. Returns why not, if it does not: no spare disk with
 * more space, or containers that run and would be stopped.
 */
export async function moveEngine(
  engineRoot: string,
  machine: Machine,
): Promise<{ readonly moved: boolean; readonly why?: string }> {
  const [from, spare] = [await machine.diskOf(engineRoot), await machine.diskOf(spareFolder)];
  if (spare === undefined || spare === from) return { moved: false, why: "there is no spare disk" };
  if ((await machine.freeBytes(spareFolder)) <= (await machine.freeBytes(engineRoot))) {
    return {
      moved: false,
      why: "the spare disk does not have more free space than the current one",
    };
  }
  const running = await machine.asRoot(["docker", "ps", "--quiet"], "looking for containers");
  if (running.trim() !== "") {
    return {
      moved: false,
      why: "containers are running; run this action before any step that starts containers, in a job that has no services",
    };
  }
  await machine.asRoot(["systemctl", "stop", ...services.toReversed()], "stopping Docker");
  try {
    for (const folder of [engineRoot, containerdRoot]) {
      if ((await machine.diskOf(folder)) === from) await moveFolder(folder, machine);
    }
  } finally {
    await machine.asRoot(["systemctl", "start", ...services], "starting Docker");
  }
  return { moved: true };
}

async function moveFolder(folder: string, machine: Machine): Promise<void> {
  const target = `${spareFolder}/layerkeep/${basename(folder)}`;
  const purpose = `moving ${folder} to ${spareFolder}`;
  await machine.asRoot(["mkdir", "-p", target], purpose);
  await machine.asRoot(["cp", "-a", `${folder}/.`, target], purpose);
  await machine.asRoot(["mount", "--bind", target, folder], purpose);
}
