import { formatPlatform } from "../../oci/platform.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import type { BaseImage } from "../../dockerfile/stages/found.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import {
  type BaseConfigs,
  type LegInputs,
  type ReadInputsOptions,
  readLegInputs,
} from "../leg-inputs.ts";
import { type Pin, type ResolvePin, movingInputs, pinKey, resolvePins } from "./pins.ts";
import { byLevel } from "../parents/by-level.ts";
import { type ParentConfigs, parentVariants } from "../parents/parent-configs.ts";
import type { Recipe } from "../recipe.ts";

/** Reads a base image's config by its digest, or returns why it is not available. */
export type ReadBaseConfig = (
  ref: string,
  digest: string,
  platform: string,
) => Promise<{ readonly config: BaseConfig } | { readonly problem: string }>;

export interface PinServices {
  readonly resolvePin: ResolvePin;
  /** If absent, legs built on external images count their whole context, and are never reused. */
  readonly readBase?: ReadBaseConfig;
}

export interface PinnedInputs {
  /** In the order of the recipes. */
  readonly legs: readonly LegInputs[];
  readonly pins: readonly Pin[];
  readonly warnings: readonly string[];
}

/** A trigger may name another image to pin; we have never seen more than one level. */
const mostRounds = 8;

/**
 * Reads the inputs of every leg and pins what moves. Base images' configs are read, once per image
 * and platform: their ONBUILD triggers and variables count as if they were written in the
 * Dockerfile.
 */
export async function readPinnedInputs(
  recipes: readonly Recipe[],
  options: Pick<ReadInputsOptions, "reader" | "epoch">,
  services: PinServices,
): Promise<PinnedInputs> {
  const readAll = (pins: readonly Pin[]): Promise<readonly LegInputs[]> => {
    const baseConfig = baseConfigsOf(pins);
    return readInOrder(recipes, (recipe, parentConfigs) =>
      readLegInputs(recipe, { ...options, baseConfig, parentConfigs }),
    );
  };
  const asked = new Set<string>();
  const warnings: string[] = [];
  let pins: readonly Pin[] = [];
  let legs = await readAll(pins);
  for (let round = 0; round < mostRounds; round++) {
    const known = new Set(pins.map(pinKey));
    const moving = legs.flatMap(movingInputs);
    const fresh = moving.filter((input) => !known.has(pinKey(input)));
    pins = [...pins, ...(await resolvePins(fresh, services.resolvePin))];
    const wanted = wantedBases(legs, pins).filter(({ key }) => !asked.has(key));
    if (services.readBase === undefined || wanted.length === 0) break;
    for (const { key } of wanted) asked.add(key);
    const read = await readBases(wanted, services.readBase);
    warnings.push(...read.warnings);
    pins = withConfigs(pins, read.configs);
    legs = await readAll(pins);
  }
  return { legs, pins, warnings };
}

/** Reads legs, those that others are built on first. Gives them in the order of the recipes. */
async function readInOrder<T extends LegInputs>(
  recipes: readonly Recipe[],
  read: (recipe: Recipe, parentConfigs: ParentConfigs) => Promise<T>,
): Promise<readonly T[]> {
  const configs = new Map<string, BaseConfig | undefined>();
  const found = new Map<Recipe, T>();
  for (const level of byLevel(recipes, ({ name }) => name, parentVariants)) {
    const legs = await Promise.all(level.map((recipe) => read(recipe, configs)));
    for (const [at, recipe] of level.entries()) {
      const leg = legs[at];
      if (leg === undefined) continue;
      found.set(recipe, leg);
      configs.set(`${recipe.name}/${formatPlatform(recipe.platform)}`, leg.stages.config);
    }
  }
  return recipes.flatMap((recipe) => found.get(recipe) ?? []);
}

/** The base images' configs in a plan's pins, by their names as the Dockerfile spells them. */
export function baseConfigsOf(pins: readonly Pin[]): BaseConfigs {
  const configs = new Map<string, Pin["configs"]>();
  for (const { kind, ref, configs: known } of pins) {
    if (isBase(kind) && known !== undefined) configs.set(familiarName(ref), known);
  }
  return (ref, platform) => configs.get(familiarName(ref))?.[platform];
}

interface WantedBase {
  readonly key: string;
  readonly ref: string;
  readonly digest: string;
  readonly platform: string;
}

/** Base images with unknown configs: a trigger may take any file. */
function wantedBases(legs: readonly LegInputs[], pins: readonly Pin[]): readonly WantedBase[] {
  const digests = new Map(
    pins.flatMap(({ kind, ref, resolved }) =>
      isBase(kind) && resolved !== null ? [[familiarName(ref), resolved] as const] : [],
    ),
  );
  const wanted = new Map<string, WantedBase>();
  for (const { stages } of legs) {
    for (const { ref, platform, known } of stages.bases) {
      const digest = digests.get(familiarName(ref));
      if (known || digest === undefined) continue;
      const key = baseKey(ref, platform);
      wanted.set(key, { key, ref, digest, platform });
    }
  }
  return [...wanted.values()];
}

/** Images of different names with the same digest are read once. */
async function readBases(
  wanted: readonly WantedBase[],
  readBase: ReadBaseConfig,
): Promise<{ readonly configs: ReadonlyMap<string, BaseConfig>; readonly warnings: string[] }> {
  const reading = new Map<string, ReturnType<ReadBaseConfig>>();
  const configs = new Map<string, BaseConfig>();
  const warnings: string[] = [];
  for (const { ref, digest, platform } of wanted) {
    const same = `${digest} ${platform}`;
    if (!reading.has(same)) reading.set(same, readBase(ref, digest, platform));
  }
  for (const { key, ref, digest, platform } of wanted) {
    const read = await reading.get(`${digest} ${platform}`);
    if (read === undefined) continue;
    if ("config" in read) configs.set(key, read.config);
    else {
      warnings.push(
        `the config of ${ref} for ${platform} cannot be read (${read.problem}), so legs built on this image are never reused`,
      );
    }
  }
  return { configs, warnings };
}

function withConfigs(
  pins: readonly Pin[],
  configs: ReadonlyMap<string, BaseConfig>,
): readonly Pin[] {
  return pins.map((pin) => {
    if (!isBase(pin.kind)) return pin;
    const own = [...configs].filter(([key]) => key.startsWith(baseKey(pin.ref, "")));
    if (own.length === 0) return pin;
    const added = own.map(
      ([key, config]) => [key.slice(key.lastIndexOf(" ") + 1), config] as const,
    );
    return { ...pin, configs: { ...pin.configs, ...Object.fromEntries(added) } };
  });
}

/** The images that a stage can be built on. */
function isBase(kind: Pin["kind"]): boolean {
  return kind === "image" || kind === "layout";
}

function baseKey(ref: BaseImage["ref"], platform: string): string {
  return `${familiarName(ref)} ${platform}`;
}
