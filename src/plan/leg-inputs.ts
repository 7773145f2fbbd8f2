import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config, Variant } from "../config/config.ts";
import { variantOn } from "../config/variant-on.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { readStages, type StageOptions, type Stages } from "../dockerfile/stages.ts";
import { messageOf, UsageError } from "../errors.ts";
import type { Platform } from "../oci/platform.ts";

/** What a leg's Dockerfile comes to, for the leg's platform and arguments. */
export interface LegInputs {
  readonly variant: Variant;
  readonly platform: Platform;
  readonly dockerfile: Dockerfile;
  readonly stages: Stages;
  /** Arguments that enter the build, the refresh argument included where a reached stage declares it. */
  readonly args: Readonly<Record<string, string>>;
  readonly refreshed: boolean;
  readonly warnings: readonly string[];
}

/** Reads each Dockerfile once. */
export class DockerfileReader {
  readonly #root: string;
  readonly #read = new Map<string, Promise<Dockerfile>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** `path` is relative to the config's folder. */
  read(path: string): Promise<Dockerfile> {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const reading = this.#parse(path);
    this.#read.set(path, reading);
    return reading;
  }

  async #parse(path: string): Promise<Dockerfile> {
    let text: string;
    try {
      text = await readFile(join(this.#root, path), "utf8");
    } catch (cause) {
      throw new UsageError(
        [{ file: path, message: `the Dockerfile cannot be read: ${messageOf(cause)}` }],
        { cause },
      );
    }
    return parseDockerfile(text, path);
  }
}

/** What is known of base images; see `StageOptions`. */
export type BaseConfigs = NonNullable<StageOptions["baseConfig"]>;

/**
 * The inputs of a variant on a platform, as far as its Dockerfile tells. Where a base image's
 * config is not known, `stages.unknown` says what may be missing.
 */
export async function readLegInputs(
  config: Config,
  everywhere: Variant,
  platform: Platform,
  epoch: string | undefined,
  reader: DockerfileReader,
  baseConfig: BaseConfigs = () => undefined,
): Promise<LegInputs> {
  refuseRemoteContext(config, everywhere);
  const variant = variantOn(everywhere, platform);
  const dockerfile = await reader.read(variant.dockerfile);
  const refresh = config.refresh?.arg;
  const given =
    refresh === undefined || epoch === undefined
      ? variant.args
      : { ...variant.args, [refresh]: epoch };
  const stages = readStages(dockerfile, {
    target: variant.target,
    args: given,
    platform,
    contexts: Object.keys(variant.contexts),
    folders: Object.keys(variant.contexts).filter(
      (name) => !isRemoteContext(variant.contexts[name] ?? ""),
    ),
    baseConfig,
  });
  const refreshed =
    refresh !== undefined && epoch !== undefined && stages.declaredArgs.includes(refresh);
  return {
    variant,
    platform,
    dockerfile,
    stages,
    args: refreshed ? given : variant.args,
    refreshed,
    warnings: dockerfile.warnings.map(
      ({ message, line }) => `${dockerfile.file}:${line}: ${message}`,
    ),
  };
}

/** Whether an instruction takes the whole build context, by what it says. */
export function takesAll({ contextSources }: Stages): boolean {
  return contextSources.some(
    ({ context, path, picked }) => context === undefined && path === "" && !picked,
  );
}

/** BuildKit takes the Dockerfile of a remote context from there, where we cannot read it. */
function refuseRemoteContext({ file }: Config, { name, context, line }: Variant): void {
  if (!isRemoteContext(context)) return;
  throw new UsageError([
    {
      file,
      line,
      message: `variant ${name}: the context ${context} is remote, so its Dockerfile cannot be read`,
      hint: "use a folder of this repository (a submodule, say), and give what is remote as a named context",
    },
  ]);
}
