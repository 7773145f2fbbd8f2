import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { parseRepository, type Repository } from "../../oci/reference.ts";
import { probeRegistry } from "../../registry/probe/probe.ts";
import { renderFinding, renderVerdict } from "../../report/registry/probe-report.ts";
import { isCi } from "../../trust/environment/provider.ts";
import { clientOptions, unknownConfig } from "../client-options.ts";
import type { GlobalOptions, Io, QuietOptions } from "../io.ts";
import type { reading } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { optionalConfig } from "../run/session.ts";
import { show } from "../show/show-result.ts";

/** Tests what a registry supports, and prints it. 1: it cannot hold a cache repository. */
export async function tryRegistry(
  names: { readonly repository: string | undefined; readonly second: string | undefined },
  options: GlobalOptions & QuietOptions & OptionsOf<typeof reading>,
  io: Io,
): Promise<number> {
  const config = await optionalConfig(options, io, names.repository === undefined);
  const repository =
    names.repository === undefined ? configured(config) : parseRepository(names.repository);
  const second = names.second === undefined ? undefined : parseRepository(names.second);
  if (second !== undefined && second.host !== repository.host) {
    throw new UsageError(`${second.host} and ${repository.host} are different registries`, {
      hint: "blobs cannot be mounted across registries: pass a repository in the same registry",
    });
  }
  const insecure = [...(config?.insecure ?? []), ...(options.insecure ? [repository.host] : [])];
  if (!options.quiet) {
    io.err(
      `pushing small test images to ${repository.host}/${repository.path}, then deleting them\n`,
    );
  }
  const report = await probeRegistry(repository, {
    // Nothing here shows whose config it is that CI runs with.
    ...clientOptions(
      io,
      { insecure, credentials: config?.credentials ?? [] },
      isCi(io.env) ? unknownConfig(io) : undefined,
    ),
    second,
    signal: io.signal,
    onFinding: (finding) => {
      if (!options.json) io.out(renderFinding(finding));
    },
  });
  show(io, options, report, () => renderVerdict(report).trimEnd());
  return report.verdict.fit ? 0 : 1;
}

function configured(config: Config | undefined): Repository {
  if (config?.cache.repository !== undefined) return config.cache.repository;
  throw new UsageError("the config has no cache repository", {
    hint: "pass the repository to test: `layerkeep doctor registry ghcr.io/acme/app-cache`",
  });
}
