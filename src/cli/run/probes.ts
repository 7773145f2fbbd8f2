import { dirname, resolve } from "node:path";
import { BuilderInspector } from "../../buildkit/builder/builder.ts";
import { type Buildx, findBuildx } from "../../buildkit/builder/buildx.ts";
import { findConfig } from "../../config/load/find.ts";
import { exec } from "../../exec.ts";
import { type Checkout, openCheckout } from "../../git/checkout.ts";
import type { GitOptions } from "../../git/run-git.ts";
import type { ConfigOptions, Io } from "../io.ts";
import type { building } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";

/**
 * What other programs find out. They run while the rest of our code is loaded and the config is
 * read, which saves about 70 ms of a warm build.
 */
export interface Probes {
  /** The config's absolute path. */
  readonly file: Promise<string>;
  /** The checkout that contains the config. */
  readonly checkout: Promise<Checkout>;
}

/** What runs builds. */
export interface Engine {
  readonly buildx: Buildx;
  readonly inspector: BuilderInspector;
}

/** Starts the probes. An error of one of them is thrown when it is awaited. */
export function startProbes(options: ConfigOptions, io: Io): Probes {
  const { config } = options;
  const file = config === undefined ? findConfig(io.cwd) : Promise.resolve(resolve(io.cwd, config));
  const checkout = file.then((found) => openCheckout(gitAt(dirname(found), io)));
  return { file: thrownLater(file), checkout: thrownLater(checkout) };
}

/** Looks for buildx, and starts to inspect the builder that will most likely be used. */
export function startEngine(
  options: Pick<OptionsOf<typeof building>, "builder" | "dryRun">,
  io: Io,
): Promise<Engine> {
  const engine = findBuildx(io.env, exec).then((buildx) => {
    const inspector = new BuilderInspector(buildx, io.signal);
    const builder = options.builder ?? builderOfEnvironment(io);
    if (options.dryRun !== true) void inspector.inspect(builder);
    return { buildx, inspector };
  });
  return thrownLater(engine);
}

/** buildx's own variable. */
export function builderOfEnvironment({ env }: Io): string | undefined {
  const name = env["BUILDX_BUILDER"];
  return name === "" ? undefined : name;
}

/** Runs git in this folder. */
export function gitAt(folder: string, { env, signal }: Pick<Io, "env" | "signal">): GitOptions {
  return { cwd: folder, env, signal };
}

/** A promise that nobody awaits yet must not end the process. */
function thrownLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
