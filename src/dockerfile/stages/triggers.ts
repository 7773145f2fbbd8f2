import { UsageError } from "../../errors.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import { parseDockerfile } from "../parse/parse.ts";

/** The parts of an image's config that affect a Dockerfile built on it. */
export interface BaseConfig {
  /** `NAME=value`, as in the config's `Env`. */
  readonly env: readonly string[];
  /** Instructions, as in the config's `OnBuild`. */
  readonly onbuild: readonly string[];
}

/**
 * The instructions that a base image's config adds to a stage, at the line of its FROM. Undefined
 * if one of them cannot be parsed as a single instruction.
 */
export function readTriggers(config: BaseConfig, line: number): readonly Instruction[] | undefined {
  const triggers: Instruction[] = [];
  for (const text of config.onbuild) {
    const instruction = readTrigger(text);
    if (instruction === undefined) return undefined;
    triggers.push({ ...instruction, line, endLine: line });
  }
  return triggers;
}

function readTrigger(text: string): Instruction | undefined {
  try {
    const { instructions } = parseDockerfile(`FROM scratch\n${text}\n`, "ONBUILD");
    const [, trigger, ...more] = instructions;
    return more.length === 0 && trigger?.trigger === undefined ? trigger : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** A stage's image config; undefined if it is not known for certain. */
export function configOfStage(
  env: readonly string[] | undefined,
  instructions: readonly Instruction[],
): BaseConfig | undefined {
  const triggers = instructions.flatMap(({ trigger }) => trigger ?? []);
  // BuildKit stores the instruction's own line, without the heredocs' bodies.
  const isCut = triggers.some(({ heredocs }) => heredocs.length > 0);
  return env === undefined || isCut ? undefined : { env, onbuild: triggers.map((t) => t.text) };
}

/** The PATH that BuildKit gives an image without one (util/system/path.go). */
export function defaultPath(platform: string): string {
  return platform.startsWith("windows/")
    ? "c:\\Windows\\System32;c:\\Windows"
    : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/** The variables that an image sets. */
export function readBaseEnv(config: BaseConfig): readonly (readonly [string, string])[] {
  return config.env.map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}
