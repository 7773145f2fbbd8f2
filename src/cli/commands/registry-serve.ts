import { UsageError } from "../../errors.ts";
import { startRegistry } from "../../server/start.ts";
import { registryFolder } from "../embedded-registry.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { resolve } from "node:path";

export interface RegistryServeOptions extends GlobalOptions {
  readonly listen: string;
  readonly root?: string;
  readonly user?: string;
  readonly readOnly?: boolean;
}

/** Serves until Ctrl-C. */
export async function runRegistryServe(options: RegistryServeOptions, io: Io): Promise<number> {
  const root = options.root === undefined ? registryFolder(io.env) : resolve(io.cwd, options.root);
  await using registry = await startRegistry({
    root,
    listen: options.listen,
    readOnly: options.readOnly === true,
    auth: loginOf(options, io),
  });
  io.out(
    options.json
      ? `${JSON.stringify({ url: registry.url, host: registry.host, root })}\n`
      : `serving ${root} at ${registry.url}\n`,
  );
  await aborted(io.signal);
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
  return { user, password };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
