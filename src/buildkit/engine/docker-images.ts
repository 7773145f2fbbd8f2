import { CommandError, EngineError, systemCodeOf } from "../../errors.ts";
import { type Exec, execOk } from "../../exec.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";

/** Docker's command line, and what it needs to find the daemon. */
export interface Docker {
  readonly exec: Exec;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * The platform that Docker's daemon runs on. Throws an engine error if there is no Docker, or no
 * daemon.
 */
export async function daemonPlatform(docker: Docker): Promise<Platform> {
  const format = "{{.Server.Os}}/{{.Server.Arch}}";
  const printed = await run(docker, ["version", "--format", format], "asking Docker").catch(
    (cause: unknown) => {
      if (!(cause instanceof CommandError)) throw cause;
      throw new EngineError(`Docker did not respond: ${cause.stderrTail}`, {
        cause,
        hint: "start Docker, or set DOCKER_HOST to its address",
      });
    },
  );
  return parsePlatform(printed.trim());
}

/** Pulls one image by its digest, and names it. Throws a command error if Docker refuses. */
export async function loadImage(
  docker: Docker,
  {
    reference,
    platform,
    names,
  }: { readonly reference: string; readonly platform: string; readonly names: readonly string[] },
): Promise<void> {
  const purpose = `loading ${names[0] ?? reference} into Docker`;
  await run(docker, ["pull", "--quiet", "--platform", platform, reference], purpose);
  for (const name of names) await run(docker, ["tag", reference, name], purpose);
}

async function run(
  { exec, env, signal }: Docker,
  args: readonly string[],
  purpose: string,
): Promise<string> {
  try {
    return await execOk(exec, ["docker", ...args], { env, signal, purpose });
  } catch (cause) {
    const isMissing = cause instanceof CommandError && systemCodeOf(cause.cause) === "ENOENT";
    if (!isMissing) throw cause;
    throw new EngineError("docker not found in PATH", {
      cause,
      hint: "install Docker's command line (docker-ce-cli from Docker's packages, docker-cli from Debian's)",
    });
  }
}
