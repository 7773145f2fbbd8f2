import { readdir, readFile } from "node:fs/promises";

/** The argument lists of all processes but ours that hold a text. */
export async function processesWith(text: string): Promise<readonly string[]> {
  return (await findWith(text)).map(({ line }) => line);
}

/** The ids of these processes. */
export async function pidsWith(text: string): Promise<readonly number[]> {
  return (await findWith(text)).map(({ pid }) => pid);
}

async function findWith(text: string): Promise<readonly { pid: number; line: string }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines
    .map((line, at) => ({ pid: Number(pids[at]), line: line.replaceAll("\0", " ").trim() }))
    .filter(({ line }) => line.includes(text));
}
