import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { replaceFile, type ServerFiles } from "./state.ts";

/** Below the ports that systems give to outgoing connections: 32768 and up on Linux. */
const firstPort = 20_000;
const portCount = 10_000;
const mostPorts = 20;

/**
 * The address of the default registry while it is not running: the one that it had last, or the one
 * that it gets when it is first started. The same folder always gets the same one, so that
 * references stay valid.
 */
export async function usualHost(files: ServerFiles): Promise<string> {
  return (await rememberedHost(files)) ?? hostAt(preferredPort(files));
}

/** The usual address, and others if its port is in use. */
export async function possibleHosts(files: ServerFiles): Promise<readonly string[]> {
  const usual = await usualHost(files);
  const others = Array.from({ length: mostPorts }, (_, index) => {
    const offset = preferredPort(files) - firstPort + index;
    return hostAt(firstPort + (offset % portCount));
  });
  return [...new Set([usual, ...others, hostAt(0)])];
}

/** Remembers an address. Returns whether another one was remembered. */
export async function rememberHost(files: ServerFiles, host: string): Promise<boolean> {
  const before = await rememberedHost(files);
  if (before !== host) await replaceFile(files.host, `${host}\n`);
  return before !== undefined && before !== host;
}

async function rememberedHost({ host: file }: ServerFiles): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const port = Number(/^127\.0\.0\.1:(\d{1,5})\n$/.exec(text)?.[1]);
  return port > 0 && port < 65_536 ? hostAt(port) : undefined;
}

function preferredPort({ folder }: ServerFiles): number {
  return firstPort + (createHash("sha256").update(folder).digest().readUInt32BE(0) % portCount);
}

function hostAt(port: number): string {
  return `127.0.0.1:${port}`;
}
