import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addPath, exportVariable, setOutput } from "@actions/core";
import { messageOf, UsageError } from "../../errors.ts";
import type { CacheType } from "../../config/config.ts";
import { type Io, warn } from "../../cli/io.ts";
import { configOptionsOf } from "../process/config-options.ts";
import type { Inputs } from "../process/inputs.ts";
import type { Action } from "../process/run-action.ts";
import { commonInputs } from "../process/run-command.ts";
import { jobFolder } from "../process/workspace.ts";
import { installCommand } from "./install-command.ts";

const names = [...commonInputs, "builder", "driver-opts", "buildkitd-config", "free-disk"] as const;
type SetupInputs = Inputs<(typeof names)[number]>;

/** Makes a runner ready: free disk, the command on the PATH, and a builder. */
export const setupAction: Action<(typeof names)[number]> = {
  inputs: names,
  async act(inputs, io) {
    const bin = join(await jobFolder(io), "bin");
    // In the bundle, the command line is beside the actions.
    const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
    await installCommand(bin, { node: process.execPath, cli });
    addPath(bin);
    setOutput("freed", await freeDiskIf(inputs.text("free-disk") ?? "false", io));
    const builder = await findOrCreate(inputs, io);
    exportVariable("BUILDX_BUILDER", builder);
    setOutput("builder", builder);
    return 0;
  },
};

async function findOrCreate(inputs: SetupInputs, io: Io): Promise<string> {
  const { exec } = await import("../../exec.ts");
  const { findBuildx } = await import("../../buildkit/builder/buildx.ts");
  const { provideBuilder } = await import("./provide-builder.ts");
  const wish = {
    name: inputs.text("builder"),
    driverOpts: inputs.lines("driver-opts"),
    buildkitdConfig: inputs.text("buildkitd-config"),
    cache: await cacheTypeOf(inputs, io),
  };
  const found = await provideBuilder(wish, await findBuildx(io.env, exec), io.signal);
  if (found.warning !== undefined) warn(io, found.warning);
  io.out(`${found.origin} the builder ${found.name}\n`);
  return found.name;
}

/** The cache that the config's builds write. Without a config that loads, the usual one. */
async function cacheTypeOf(inputs: SetupInputs, io: Io): Promise<CacheType> {
  const { optionalConfig } = await import("../../cli/run/session.ts");
  try {
    const config = await optionalConfig(configOptionsOf(inputs), io, false);
    return config?.cache.type ?? "registry";
  } catch (error) {
    // The plan reports what is wrong with it.
    warn(io, `chose a builder without reading the config: ${messageOf(error)}`);
    return "registry";
  }
}

/** The bytes won. */
async function freeDiskIf(given: string, io: Io): Promise<number> {
  if (given === "false") return 0;
  const wanted = given === "true" ? undefined : await sizeOf(given);
  if (io.env["RUNNER_ENVIRONMENT"] !== "github-hosted" || process.platform !== "linux") {
    warn(io, "free-disk works only on GitHub-hosted Linux runners: nothing was deleted or moved");
    return 0;
  }
  const { exec } = await import("../../exec.ts");
  const { engineRootOf } = await import("./disk/engine-root.ts");
  const { freeDisk } = await import("./disk/free-disk.ts");
  const { thisMachine } = await import("./disk/machine.ts");
  return freeDisk({
    engineRoot: await engineRootOf(io, exec),
    wanted,
    machine: thisMachine(io, exec),
    say: (text) => io.out(`${text}\n`),
    warn: (text) => warn(io, text),
  });
}

async function sizeOf(given: string): Promise<number> {
  const { parseSize } = await import("../../config/size.ts");
  try {
    return parseSize(given);
  } catch (cause) {
    throw new UsageError(
      `the input free-disk must be true, false or a size such as 40GB, not "${given}"`,
      { cause },
    );
  }
}
