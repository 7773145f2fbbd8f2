import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dockerfile } from "../dockerfile/parse/dockerfile.ts";
import { parseDockerfile } from "../dockerfile/parse/parse.ts";
import { type StageOptions } from "../dockerfile/stages/stage-options.ts";
import { readStages, type Stages } from "../dockerfile/stages/stages.ts";
import { messageOf, systemCodeOf, UsageError } from "../errors.ts";
import { type ParentConfigs, parentConfig } from "./parents/parent-configs.ts";
import type { Recipe } from "./recipe.ts";

/** A leg's Dockerfile, evaluated for the leg's platform and arguments. */
export interface LegInputs {
  readonly recipe: Recipe;
  readonly file: DockerfileText;
  readonly stages: Stages;
  /**
   * Arguments that enter the build, the refresh argument included if a reached stage declares it.
   */
  readonly args: Readonly<Record<string, string>>;
  readonly refreshed: boolean;
  readonly warnings: readonly string[];
}

/** A Dockerfile and the files beside it. */
export interface DockerfileText {
  readonly text: string;
  readonly dockerfile: Dockerfile;
  /** `<Dockerfile>.rego`: a source policy that buildx 0.31 and newer load automatically. */
  readonly policy: string | undefined;
}

type Named = Pick<Recipe, "dockerfile" | "dockerfileInline">;

/** Reads each Dockerfile once. */
export class DockerfileReader {
  readonly root: string;
  readonly #read = new Map<string, Promise<DockerfileText>>();

  constructor(root: string) {
    this.root = root;
  }

  /** Its path is relative to the config's folder. */
  read({ dockerfile, dockerfileInline }: Named): Promise<DockerfileText> {
    const key = JSON.stringify([dockerfile, dockerfileInline]);
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const reading = this.#parse(dockerfile, dockerfileInline);
    this.#read.set(key, reading);
    return reading;
  }

  async #parse(path: string, inline: string | undefined): Promise<DockerfileText> {
    if (inline !== undefined) {
      return { text: inline, dockerfile: parseDockerfile(inline, path), policy: undefined };
    }
    const [text, policy] = await Promise.all([
      this.#text(path).then((found) => found ?? Promise.reject(unreadable(path, "not found"))),
      this.#text(`${path}.rego`),
    ]);
    return { text, dockerfile: parseDockerfile(text, path), policy };
  }

  /** Undefined for a file that does not exist. */
  async #text(path: string): Promise<string | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(join(this.root, path));
    } catch (cause) {
      if (systemCodeOf(cause) === "ENOENT") return undefined;
      throw unreadable(path, messageOf(cause), cause);
    }
    const text = bytes.toString("utf8");
    // Bytes that are not text would be replaced, and two different files would look the same.
    if (!Buffer.from(text, "utf8").equals(bytes)) throw unreadable(path, "it is not UTF-8");
    return text;
  }
}

function unreadable(file: string, why: string, cause?: unknown): UsageError {
  return new UsageError([{ file, message: `the Dockerfile cannot be read: ${why}` }], { cause });
}

/** What is known of base images; see `StageOptions`. */
export type BaseConfigs = NonNullable<StageOptions["baseConfig"]>;

/** The refresh argument and its value in this run. */
export interface Epoch {
  readonly arg: string;
  readonly value: string;
}

/** What reading a leg's inputs needs. */
export interface ReadInputsOptions {
  readonly reader: DockerfileReader;
  readonly epoch: Epoch | undefined;
  readonly baseConfig?: BaseConfigs;
  /** Of the variants that it is built on. */
  readonly parentConfigs?: ParentConfigs | undefined;
}

/**
 * The inputs of a leg, from its Dockerfile. If a base image's config is unknown, `stages.unknown`
 * lists what may be missing.
 */
export async function readLegInputs(
  recipe: Recipe,
  { reader, epoch, baseConfig = () => undefined, parentConfigs = new Map() }: ReadInputsOptions,
): Promise<LegInputs> {
  const file = await reader.read(recipe);
  const given = epoch === undefined ? recipe.args : { ...recipe.args, [epoch.arg]: epoch.value };
  const stages = readStages(file.dockerfile, {
    target: recipe.target,
    args: given,
    platform: recipe.platform,
    buildPlatform: recipe.buildPlatform,
    contexts: recipe.contexts,
    baseConfig: (ref, platform) =>
      ref.startsWith("variant:")
        ? parentConfig(ref, platform, parentConfigs)
        : baseConfig(ref, platform),
  });
  const refreshed = epoch !== undefined && stages.declaredArgs.includes(epoch.arg);
  return {
    recipe,
    file,
    stages,
    args: refreshed ? given : recipe.args,
    refreshed,
    warnings: file.dockerfile.warnings.map(
      ({ message, line }) => `${recipe.dockerfile}:${line}: ${message}`,
    ),
  };
}
