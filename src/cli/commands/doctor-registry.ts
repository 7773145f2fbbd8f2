import { isCi } from "../../trust/environment/provider.ts";
import { UsageError } from "../../errors.ts";
import { harmless, harmlessJson } from "../../harmless.ts";
import { parseRepository, type Repository } from "../../oci/reference.ts";
import type { Config } from "../../config/config.ts";
import { probeRegistry } from "../../registry/probe/probe.ts";
import { renderFinding, renderVerdict } from "../../report/registry/probe-report.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { clientOptions, unknownConfig } from "../client-options.ts";
import { optionalConfig } from "../run/session.ts";

export interface DoctorRegistryOptions extends GlobalOptions {
  readonly second?: string;
  readonly insecure?: boolean;
}

/** Tries out what a registry does, and says so. 1: it cannot hold a cache repository. */
export async function runDoctorRegistry(
  name: string | undefined,
  options: DoctorRegistryOptions,
  io: Io,
): Promise<number> {
  const config = await optionalConfig(options, io, name === undefined);
  const repository = name === undefined ? configured(config) : parseRepository(name);
  const second = options.second === undefined ? undefined : parseRepository(options.second);
  if (second !== undefined && second.host !== repository.host) {
    throw new UsageError(`${second.host} is another registry than ${repository.host}`, {
      hint: "blobs are mounted within one registry: name a repository of the same host",
    });
  }
  const insecure = [...(config?.insecure ?? []), ...(options.insecure ? [repository.host] : [])];
  if (!options.quiet) {
    io.err(`pushing small images to ${repository.host}/${repository.path}, and deleting them\n`);
  }
  const report = await probeRegistry(repository, {
    // Nobody looks here whose config it is that CI runs with.
    ...clientOptions(
      io,
      { insecure, credentials: config?.credentials ?? [] },
      isCi(io.env) ? unknownConfig(io) : undefined,
    ),
    second,
    signal: io.signal,
    onFinding: (finding) => {
      if (!options.json) io.out(harmless(renderFinding(finding)));
    },
  });
  io.out(options.json ? `${harmlessJson(report)}\n` : harmless(renderVerdict(report)));
  return report.verdict.fit ? 0 : 1;
}

function configured(config: Config | undefined): Repository {
  if (config?.cache.repository !== undefined) return config.cache.repository;
  throw new UsageError("the config names no cache repository", {
    hint: "name the repository to try: layerkeep doctor registry ghcr.io/acme/app-cache",
  });
}
