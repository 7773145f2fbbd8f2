import type { Config } from "../config/config.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import type { BaseImage } from "../dockerfile/stages.ts";
import type { BaseConfig } from "../dockerfile/triggers.ts";
import {
  type BaseConfigs,
  DockerfileReader,
  type LegInputs,
  readLegInputs,
  takesAll,
} from "./leg-inputs.ts";
import { movingInputs, pinKey, type ResolvePin, resolvePins } from "./pins.ts";
import type { Pin } from "./plan.ts";

/** What reads a base image's config by its digest, or says why it cannot be had. */
export type ReadBaseConfig = (
  ref: string,
  digest: string,
  platform: string,
) => Promise<{ readonly config: BaseConfig } | { readonly problem: string }>;

export interface PinServices {
  readonly resolvePin: ResolvePin;
  /** Without it, whatever is built on an image from outside takes the whole context. */
  readonly readBase?: ReadBaseConfig;
}

export interface PinnedInputs {
  readonly legs: readonly LegInputs[];
  readonly pins: readonly Pin[];
  readonly warnings: readonly string[];
}

/** A trigger may bring another image to pin; none was seen to do so more than once. */
const mostRounds = 8;

/**
 * Reads the inputs of every leg and pins what moves. Where the config of a base image can narrow
 * what a leg takes, it is read, once for an image and a platform: its ONBUILD triggers and its
 * variables then count as if they stood in the Dockerfile.
 */
export async function readPinnedInputs(
  config: Config,
  epoch: string | undefined,
  services: PinServices,
): Promise<PinnedInputs> {
  const reader = new DockerfileReader(config.root);
  const readAll = (pins: readonly Pin[]): Promise<LegInputs[]> => {
    const bases = baseConfigsOf(pins);
    return Promise.all(
      config.variants.flatMap((variant) =>
        variant.platforms.map((platform) =>
          readLegInputs(config, variant, platform, epoch, reader, bases),
        ),
      ),
    );
  };
  const asked = new Set<string>();
  const warnings: string[] = [];
  let pins: readonly Pin[] = [];
  let legs = await readAll(pins);
  for (let round = 0; round < mostRounds; round++) {
    const known = new Set(pins.map(pinKey));
    const moving = legs.flatMap(({ stages }) => movingInputs(stages));
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

/** What a plan's pins tell of base images, by their names as the Dockerfile spells them. */
export function baseConfigsOf(pins: readonly Pin[]): BaseConfigs {
  const configs = new Map<string, Pin["configs"]>();
  for (const { kind, ref, configs: known } of pins) {
    if (kind === "image" && known !== undefined) configs.set(familiarName(ref), known);
  }
  return (ref, platform) => configs.get(familiarName(ref))?.[platform];
}

interface WantedBase {
  readonly key: string;
  readonly ref: string;
  readonly digest: string;
  readonly platform: string;
}

/** Bases that are not known, of legs that would not take the whole context anyway. */
function wantedBases(legs: readonly LegInputs[], pins: readonly Pin[]): readonly WantedBase[] {
  const digests = new Map(
    pins.flatMap(({ kind, ref, resolved }) =>
      kind === "image" && resolved !== null ? [[familiarName(ref), resolved] as const] : [],
    ),
  );
  const wanted = new Map<string, WantedBase>();
  for (const { stages } of legs) {
    if (takesAll(stages) || stages.unknown.some(({ base }) => base === undefined)) continue;
    for (const { ref, platform, known } of stages.bases) {
      const digest = digests.get(familiarName(ref));
      if (known || digest === undefined) continue;
      const key = baseKey(ref, platform);
      wanted.set(key, { key, ref, digest, platform });
    }
  }
  return [...wanted.values()];
}

/** Images of other names with the same digest are read once. */
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
        `the config of ${ref} for ${platform} cannot be read (${read.problem}), so what is built on it counts its whole context`,
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
    if (pin.kind !== "image") return pin;
    const own = [...configs].filter(([key]) => key.startsWith(baseKey(pin.ref, "")));
    if (own.length === 0) return pin;
    const added = own.map(
      ([key, config]) => [key.slice(key.lastIndexOf(" ") + 1), config] as const,
    );
    return { ...pin, configs: { ...pin.configs, ...Object.fromEntries(added) } };
  });
}

function baseKey(ref: BaseImage["ref"], platform: string): string {
  return `${familiarName(ref)} ${platform}`;
}
