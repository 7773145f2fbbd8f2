import { resolve } from "node:path";
import { UsageError } from "../../errors.ts";
import { harmlessJson } from "../../harmless.ts";
import { parseRepository } from "../../oci/reference.ts";
import { RegistryClient } from "../../registry/client.ts";
import { renderCollectedEntry } from "../../report/registry/collection-report.ts";
import { readTextFile } from "../../server/access/text-file.ts";
import { renderLogEntry, renderLogWarning } from "../../server/observe/log.ts";
import { type RegistryOptions, type RunningRegistry, startRegistry } from "../../server/start.ts";
import { clientOptions } from "../client-options.ts";
import { makeCacheFolder, registryFolder } from "../folders.ts";
import type { GlobalOptions, Io, QuietOptions } from "../io.ts";
import { announce, type Announced } from "./background/announce.ts";
import { isDefaultRoot, stopIdleServer } from "./background/stop-server.ts";
import { serverFiles } from "./background/state.ts";
import { aborted } from "../run/aborted.ts";
import { fastPaths } from "../fast-paths.ts";
import { parseAccessFile } from "./access-file.ts";

type LogFormat = "json" | "text" | "none";

/** A registry to serve until Ctrl-C, and what to print about it. */
export interface Serving
  extends Omit<
    RegistryOptions,
    "root" | "mirror" | "access" | "onLog" | "onFailure" | "onWarning"
  > {
  /** Undefined: the default folder. */
  readonly root: string | undefined;
  readonly mirror: { readonly host: string; readonly maxBytes: number | undefined } | undefined;
  /** As the user named it. */
  readonly accessFile: string | undefined;
  /** Undefined: only the registry's own errors. */
  readonly log: LogFormat | undefined;
}

/** Serves until Ctrl-C. */
export async function serveRegistry(
  { root: named, mirror: mirrored, accessFile, log, collect, ...settings }: Serving,
  { json, quiet }: GlobalOptions & QuietOptions,
  io: Io,
): Promise<void> {
  if (named === undefined) await makeCacheFolder(io.env);
  const root = registryFolder(named, io);
  await stopIdleServer(root, io);
  const mirror = mirrorOf(mirrored, io);
  const collected = quiet || log === "none" ? {} : { onCollected: printCollected(log, io) };
  await using registry = await startRegistry({
    ...settings,
    root,
    mirror,
    collect: collect && { ...collect, ...collected },
    access: accessOf(accessFile, io),
    ...logsOf(log, io),
  });
  const { url, host, metricsUrl } = registry;
  const isShared = isDefaultRoot(root, io) && settings.readOnly !== true && mirror === undefined;
  await using shared = isShared ? await announceServed(registry, root, io) : undefined;
  io.out(
    json
      ? `${harmlessJson({ url, host, root, metrics: metricsUrl })}\n`
      : `serving ${root} at ${url}${metricsUrl === undefined ? "" : `, metrics at ${metricsUrl}`}\n`,
  );
  const files = [settings.tls, settings.htpasswd, accessFile];
  const refresh = (): void => void registry.refresh();
  // As daemons do. If there is no file to read again, the signal ends the process as usual.
  if (files.some((file) => file !== undefined)) process.on("SIGHUP", refresh);
  await aborted(AbortSignal.any([io.signal, ...(shared === undefined ? [] : [shared.stopped])]));
  process.off("SIGHUP", refresh);
  await mirror?.client[Symbol.asyncDispose]();
  if (!quiet && !json) io.err("stopped; the data is kept\n");
}

/** Lets commands use the default registry while it is served here. */
function announceServed(registry: RunningRegistry, root: string, io: Io): Promise<Announced> {
  const files = serverFiles(io.env);
  const about = { files, root, idleMs: null, kind: "serve", now: io.now } as const;
  return announce(registry, { ...about, warnings: () => [] });
}

/** What is mirrored is read with the user's own Docker credentials: whoever may read here reads as that user. */
function mirrorOf(mirrored: Serving["mirror"], io: Io): RegistryOptions["mirror"] {
  if (mirrored === undefined) return undefined;
  // `docker.io` and `localhost` are not hosts in a reference by themselves, and a path is not allowed here.
  const { host } = parseRepository(`${mirrored.host}/any/repository`);
  if (host !== mirrored.host) {
    throw new UsageError(`"${mirrored.host}" is not a registry host`, {
      hint: "use only a host, such as docker.io or ghcr.io",
    });
  }
  const client = new RegistryClient(
    clientOptions(io, { insecure: [], credentials: [] }, undefined),
  );
  return { upstream: host, client, maxBytes: mirrored.maxBytes };
}

function printCollected(
  log: LogFormat | undefined,
  io: Io,
): NonNullable<NonNullable<RegistryOptions["collect"]>["onCollected"]> {
  const format = log === "json" ? "json" : "text";
  return (collected) => {
    for (const one of collected) io.err(renderCollectedEntry(one, format, io.now()));
  };
}

function accessOf(name: string | undefined, { cwd, env }: Io): RegistryOptions["access"] {
  if (name === undefined) return undefined;
  const path = resolve(cwd, name);
  return {
    files: [path],
    load: async () => {
      const text = await readTextFile(path, "the access file");
      return parseAccessFile(text, name, fastPaths(env).plainYaml);
    },
  };
}

function logsOf(
  log: LogFormat | undefined,
  io: Io,
): Pick<RegistryOptions, "onLog" | "onFailure" | "onWarning"> {
  if (log === "none") return {};
  const format = log ?? "text";
  const onEntry: RegistryOptions["onLog"] = (entry) => io.err(renderLogEntry(entry, format));
  return {
    ...(log === undefined ? { onFailure: onEntry } : { onLog: onEntry }),
    onWarning: (message) => io.err(renderLogWarning(message, format, io.now().getTime())),
  };
}
