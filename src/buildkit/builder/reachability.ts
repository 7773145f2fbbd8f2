import { lastLines } from "../../exec.ts";
import { type Builder, livingNodes } from "./builder.ts";
import type { Buildx } from "./buildx.ts";
import { harmless } from "../../harmless.ts";

const probeTimeoutMs = 60_000;

/**
 * Whether a builder can reach a registry on this machine's loopback interface. A builder in its own
 * container or on another machine has a different one. If the builder's location does not decide
 * it, the builder is asked to resolve a missing image. Any answer of the registry means that it was
 * reached; a network error means that it was not, and is returned.
 */
export async function whyUnreachable(
  buildx: Buildx,
  builder: Builder,
  repository: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (sharesLoopback(builder, buildx.env)) return undefined;
  const argv = [
    buildx.path,
    "build",
    `--builder=${builder.name}`,
    "--progress=plain",
    "--output=type=cacheonly",
    "--provenance=false",
    "-",
  ];
  const { exitCode, stderr } = await buildx.exec(argv, {
    env: buildx.env,
    stdin: `FROM ${repository}:layerkeep-probe\n`,
    purpose: `checking whether builder ${builder.name} can reach ${repository}`,
    timeout: probeTimeoutMs,
    signal,
  });
  const said = harmless(stderr);
  const unreached =
    /connection refused|no such host|i\/o timeout|deadline exceeded|no route to host|network is unreachable/i;
  return exitCode !== 0 && unreached.test(said) ? lastLines(said, 1) : undefined;
}

/** Docker's own engine behind a local socket, or a container on the host's network. */
function sharesLoopback(builder: Builder, env: NodeJS.ProcessEnv): boolean {
  const { driver } = builder;
  const nodes = livingNodes(builder);
  if (driver === "docker-container") {
    return nodes.every((node) => /network="?host\b/.test(node.driverOptions));
  }
  const local = driver === "docker" && nodes.every(({ endpoint }) => endpoint === "default");
  return local && process.platform === "linux" && isHostSocket(env["DOCKER_HOST"] ?? "");
}

/** Docker Desktop runs in its own virtual machine, and a rootless engine in its own network. */
function isHostSocket(host: string): boolean {
  return host === "" || (host.startsWith("unix://") && !host.startsWith("unix:///run/user/"));
}
