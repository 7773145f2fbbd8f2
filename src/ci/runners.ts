import type { Config } from "../config/config.ts";
import { formatPlatform } from "../oci/platform.ts";

/** The runners of legs for which the config names none. */
export interface DefaultRunners {
  /** By platform, as `formatPlatform` spells it, sorted. */
  readonly byPlatform: ReadonlyMap<string, string>;
  /** Those of the platforms that their runner must emulate. */
  readonly emulated: readonly string[];
  /** Whether the config names a runner for any leg. */
  readonly named: boolean;
}

/**
 * The runner of each platform that the config names none for: the CI's native one, or else
 * `fallback`, which emulates it.
 */
export function defaultRunners(
  { variants, runners }: Pick<Config, "variants" | "runners">,
  native: Readonly<Record<string, string>>,
  fallback: string,
): DefaultRunners {
  const legs = variants.flatMap((variant) =>
    variant.platforms
      .map(formatPlatform)
      .map((platform) => ({ platform, runner: variant.runners[platform] ?? runners[platform] })),
  );
  const open = legs.filter(({ runner }) => runner === undefined);
  const platforms = [...new Set(open.map(({ platform }) => platform))].sort();
  return {
    byPlatform: new Map(platforms.map((platform) => [platform, native[platform] ?? fallback])),
    emulated: platforms.filter((platform) => native[platform] === undefined),
    named: open.length < legs.length,
  };
}
