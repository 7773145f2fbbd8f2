import { harmlessJson } from "../../../harmless.ts";
import { resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { parseRepository } from "../../../oci/reference.ts";
import { RegistryClient } from "../../../registry/client.ts";
import { renderCollectedEntry } from "../../../report/registry/collection-report.ts";
import { readTextFile } from "../../../server/access/text-file.ts";
import type { CollectionPolicy } from "../../../server/collection/policy.ts";
import { renderLogEntry, renderLogWarning } from "../../../server/observe/log.ts";
import { type RegistryOptions, startRegistry } from "../../../server/start.ts";
import type { TlsFiles } from "../../../server/tls/tls.ts";
import { fastPaths } from "../../fast-paths.ts";
import { parseAccessFile } from "../../registry/access-file.ts";
import { aborted } from "../../run/aborted.ts";
import { registryFolder } from "../../registry/embedded-registry.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { clientOptions } from "../../client-options.ts";

export interface RegistryServeOptions extends GlobalOptions {
  readonly listen: string;
  readonly root?: string;
  readonly user?: string;
  readonly htpasswd?: string;
  readonly access?: string;
  readonly auth: "basic" | "token";
  readonly publicUrl?: string;
  readonly insecurePlainHttp?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly readOnly?: boolean;
  readonly mirror?: string;
  /** Bytes. */
  readonly mirrorSize?: number;
  readonly collect?: CollectionPolicy;
  /** Milliseconds. */
  readonly grace?: number;
  /** Milliseconds. */
  readonly lease?: number;
  /** Milliseconds. */
  readonly scrubEvery?: number;
  readonly metricsListen?: string;
  readonly log?: "json" | "text" | "none";
}

/** Serves until Ctrl-C. */
export async function runRegistryServe(options: RegistryServeOptions, io: Io): Promise<number> {
  const root = options.root === undefined ? registryFolder(io.env) : resolve(io.cwd, options.root);
  const tls = tlsOf(options, io);
  const mirror = mirrorOf(options, io);
  await using registry = await startRegistry({
    root,
    listen: options.listen,
    readOnly: options.readOnly === true,
    mirror,
    scrubEveryMs: options.scrubEvery,
    collect: collectionOf(options, io),
    auth: loginOf(options, io),
    htpasswd: options.htpasswd && resolve(io.cwd, options.htpasswd),
    access: accessOf(options, io),
    login: options.auth,
    publicUrl: options.publicUrl,
    insecurePlainHttp: options.insecurePlainHttp === true,
    tls,
    metricsListen: options.metricsListen,
    ...logsOf(options, io),
  });
  const { url, host, metricsUrl } = registry;
  io.out(
    options.json
      ? `${harmlessJson({ url, host, root, metrics: metricsUrl })}\n`
      : `serving ${root} at ${url}${metricsUrl === undefined ? "" : `, metrics at ${metricsUrl}`}\n`,
  );
  const files = [tls, options.htpasswd, options.access];
  const refresh = (): void => void registry.refresh();
  // As daemons do. Where there is nothing to read again, it ends the process as it always did.
  if (files.some((file) => file !== undefined)) process.on("SIGHUP", refresh);
  await aborted(io.signal);
  process.off("SIGHUP", refresh);
  await mirror?.client[Symbol.asyncDispose]();
  if (!options.quiet && !options.json) io.err("stopped; the data stays\n");
  return 0;
}

function loginOf(
  { user }: RegistryServeOptions,
  { env }: Io,
): { user: string; password: string } | undefined {
  const password = env["LAYERKEEP_REGISTRY_PASSWORD"] ?? "";
  if (user === undefined && password === "") return undefined;
  if (user === undefined || password === "") {
    throw new UsageError(
      "a password needs both --user and LAYERKEEP_REGISTRY_PASSWORD in the environment",
    );
  }
  if (user === "" || user.includes(":")) {
    throw new UsageError(`"${user}" cannot be the name of a user`, {
      hint: "a name is not empty and has no colon",
    });
  }
  return { user, password };
}

/** What is mirrored is read with the user's own Docker credentials: whoever may read here reads as that user. */
function mirrorOf(options: RegistryServeOptions, io: Io): RegistryOptions["mirror"] {
  const { mirror, mirrorSize } = options;
  if (mirror === undefined) {
    if (mirrorSize === undefined) return undefined;
    throw new UsageError("--mirror-size is for a mirror", { hint: "add --mirror HOST" });
  }
  // `docker.io` and `localhost` alone are no hosts in a reference, and a path is not asked for here.
  const { host } = parseRepository(`${mirror}/any/repository`);
  if (host !== mirror) {
    throw new UsageError(`"${mirror}" is not the host of a registry`, {
      hint: "write it as references begin, such as docker.io or ghcr.io",
    });
  }
  const client = new RegistryClient(
    clientOptions(io, { insecure: [], credentials: [] }, undefined),
  );
  return { upstream: host, client, maxBytes: mirrorSize };
}

function collectionOf(options: RegistryServeOptions, io: Io): RegistryOptions["collect"] {
  const { collect: policy = "none", grace, lease, readOnly, quiet, log } = options;
  if (policy === "none" && (grace !== undefined || lease !== undefined)) {
    const flag = grace === undefined ? "--lease" : "--grace";
    throw new UsageError(`${flag} is for a registry that collects`, {
      hint: "add --collect untagged or --collect per-repository",
    });
  }
  if (policy !== "none" && readOnly === true) {
    throw new UsageError("a read-only registry does not collect", {
      hint: "leave out --read-only or --collect",
    });
  }
  return {
    policy,
    graceMs: grace,
    leaseMs: lease,
    onCollected: (collected) => {
      if (quiet || log === "none") return;
      const format = log === "json" ? "json" : "text";
      for (const one of collected) io.err(renderCollectedEntry(one, format, io.now()));
    },
  };
}

function accessOf({ access }: RegistryServeOptions, { cwd, env }: Io): RegistryOptions["access"] {
  if (access === undefined) return undefined;
  const path = resolve(cwd, access);
  return {
    files: [path],
    load: async () => {
      const text = await readTextFile(path, "the rights file");
      return parseAccessFile(text, access, fastPaths(env).plainYaml);
    },
  };
}

function tlsOf({ tlsCert, tlsKey }: RegistryServeOptions, { cwd }: Io): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = tlsCert === undefined ? "--tls-cert" : "--tls-key";
    throw new UsageError("TLS needs both --tls-cert and --tls-key", { hint: `add ${missing}` });
  }
  return { certFile: resolve(cwd, tlsCert), keyFile: resolve(cwd, tlsKey) };
}

/** Without `--log`, what went wrong on our side alone. */
function logsOf(
  { log }: RegistryServeOptions,
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
