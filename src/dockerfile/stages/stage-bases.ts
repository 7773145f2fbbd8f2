import { type ContextAddress, formatLayout, formatVariantAddress } from "../context-address.ts";
import { familiarName } from "../image-name.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import type { BaseImage, Found } from "./found.ts";
import type { StageDeclaration } from "./from.ts";
import { plain, type StageVariables } from "./stage-variables.ts";
import { type BaseConfig, defaultPath, readBaseEnv, readTriggers } from "./triggers.ts";

/** What a walk knows of what stages are built on. */
export interface BaseSources {
  /** Named contexts, keyed by familiar names. */
  readonly contexts: ReadonlyMap<string, ContextAddress>;
  /** The platform that is built. */
  readonly platform: string;
  /** See `StageOptions`. */
  readonly baseConfig: (ref: string, platform: string) => BaseConfig | undefined;
}

/** A stage, with its variables so far. */
interface BasedStage {
  readonly stage: StageDeclaration;
  readonly variables: StageVariables;
}

/**
 * Finds what a stage is built on outside the file: returns the triggers of that image, and sets the
 * stage's variables.
 */
export function baseOn(
  { stage, variables }: BasedStage,
  found: Found,
  sources: BaseSources,
): readonly Instruction[] {
  const { from, line } = stage;
  const based = { stage, variables };
  if (from === "scratch") {
    variables.workdir = "/";
    setBaseEnv({ env: [], onbuild: [] }, based, sources);
    return [];
  }
  if (found.takeContext(from, line)) return baseOnContext(from, based, found, sources);
  found.takeImage({ ref: from, line, by: "file" });
  return baseOnImage({ ref: from, context: undefined }, based, found, sources);
}

/** The same for a named context. Only an image has variables and triggers; plain files have none. */
export function baseOnContext(
  name: string,
  based: BasedStage,
  found: Found,
  sources: BaseSources,
): readonly Instruction[] {
  const context = familiarName(name);
  const address = sources.contexts.get(context);
  const ref = address === undefined ? undefined : imageOf(address);
  return ref === undefined ? [] : baseOnImage({ ref, context }, based, found, sources);
}

function baseOnImage(
  { ref, context }: Pick<BaseImage, "ref" | "context">,
  based: BasedStage,
  found: Found,
  sources: BaseSources,
): readonly Instruction[] {
  const { stage, variables } = based;
  const { line } = stage;
  const platform = stage.platform ?? sources.platform;
  const config = sources.baseConfig(ref, platform);
  const triggers = config === undefined ? undefined : readTriggers(config, line);
  const key = [familiarName(ref), context ?? "", platform].join(" ");
  if (!found.bases.has(key)) {
    found.bases.set(key, { ref, context, platform, known: config !== undefined, line });
  }
  if (config === undefined || triggers === undefined) {
    const why = `the ONBUILD triggers of ${ref} are unknown`;
    // A trigger that cannot be parsed stays unknown even with the config.
    found.notKnown(line, { why, base: config === undefined ? ref : undefined });
    variables.open = { name: ref, isImage: config === undefined };
    return [];
  }
  setBaseEnv(config, based, sources);
  return triggers;
}

/** BuildKit adds its own PATH to an image without one (dockerfile2llb: `make sure that PATH is always set`). */
function setBaseEnv(
  config: BaseConfig,
  { stage, variables }: BasedStage,
  sources: BaseSources,
): void {
  const pairs = readBaseEnv(config);
  const platform = stage.platform ?? sources.platform;
  const path = pairs.some(([name]) => name === "PATH") ? [] : [["PATH", defaultPath(platform)]];
  for (const [name = "", value = ""] of [...pairs, ...path]) {
    variables.setEnv(name, { ...plain, value });
  }
}

/** The image that a named context is, as a base; undefined for files. */
function imageOf(address: ContextAddress): string | undefined {
  switch (address.kind) {
    case "image":
      return address.ref;
    case "layout":
      return formatLayout(address);
    case "variant":
      return formatVariantAddress(address);
    default:
      return undefined;
  }
}
