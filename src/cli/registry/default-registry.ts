import { existsSync } from "node:fs";
import { basename } from "node:path";
import { messageOf } from "../../errors.ts";
import { digestOf, hexOf } from "../../oci/digest.ts";
import { layoutOf } from "../../server/root/layout.ts";
import { registryFolder } from "../folders.ts";
import { type Io, warn } from "../io.ts";
import { attach, type Attached, type AttachOptions } from "./background/attach.ts";
import { usualHost } from "./background/usual-host.ts";
import { serverFiles } from "./background/state.ts";

/** More often, somebody or something does not want it to run. */
const mostRestarts = 5;

/** What a command does in the default registry. */
export interface RegistryNeed {
  /** As `registry status` shows it. */
  readonly command: string;
  /** To read, the registry is started only if something is stored in it. */
  readonly access: "read" | "write";
}

/** The embedded registry of this user, which every command of this machine shares. */
export interface DefaultRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Whether it is not running, since nothing is stored in it and nothing is going to be. */
  readonly isEmpty: boolean;
}

/**
 * The default registry, running for as long as it is not disposed of. Throws a usage error if its
 * folder cannot be used.
 */
export async function openDefaultRegistry(
  { command, access }: RegistryNeed,
  io: Io,
): Promise<DefaultRegistry> {
  const { marker, journal } = layoutOf(registryFolder(undefined, io));
  const mayStart = (): boolean => access === "write" || existsSync(marker) || existsSync(journal);
  const options = { command, mayStart };
  const attached = await attach(options, io);
  if (attached === undefined) {
    const host = await usualHost(serverFiles(io.env));
    return { host, isEmpty: true, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return {
    host: attached.state.host,
    isEmpty: false,
    [Symbol.asyncDispose]: keepAttached(attached, options, io),
  };
}

/** The default registry, if a command's arguments name its address. */
export async function openIfNamed(
  hosts: readonly string[],
  need: RegistryNeed,
  io: Io,
): Promise<DefaultRegistry | undefined> {
  const isNamed = hosts.length > 0 && hosts.includes(await usualHost(serverFiles(io.env)));
  return isNamed ? openDefaultRegistry(need, io) : undefined;
}

/** The repository of a checkout: different for each, even if their folders have the same name. */
export function repositoryOfCheckout(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${name === "" ? "repository" : name}-${hexOf(digestOf(root)).slice(0, 12)}`;
}

/** Starts a server that ended unexpectedly again, at the same address. Returns what ends the use. */
function keepAttached(first: Attached, options: AttachOptions, io: Io): () => Promise<void> {
  let current = first;
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const restarting = { ...io, signal: AbortSignal.any([io.signal, over.signal]) };
  const watch = async (): Promise<void> => {
    for (let restarts = 0; ; restarts++) {
      const why = await current.use.closed;
      if (why === "ours" || isOver()) return;
      if (why === "stopped") {
        warn(io, "the embedded registry was stopped while this command used it");
        return;
      }
      if (restarts === mostRestarts) {
        warn(io, `the embedded registry ended unexpectedly ${restarts + 1} times: see ${log}`);
        return;
      }
      warn(io, `${endings[why]}; starting it again`);
      const next = await attach({ ...options, mayStart: () => true }, restarting);
      if (next === undefined) return;
      current = next;
      const { host } = next.state;
      if (isOver()) next.use.end();
      else if (host !== first.state.host) {
        warn(io, `the embedded registry is now at ${host}: run the command again`);
      }
    }
  };
  const { log } = serverFiles(io.env);
  watch().catch((error: unknown) => {
    if (!isOver())
      warn(io, `the embedded registry could not be started again: ${messageOf(error)}`);
  });
  return () => {
    over.abort();
    current.use.end();
    return Promise.resolve();
  };
}

const endings = {
  ended: "the embedded registry ended unexpectedly",
  lost: "the embedded registry ended unexpectedly",
  deleted: "the embedded registry's folder was deleted while this command used it",
};
