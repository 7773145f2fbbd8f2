import { type ConditionSetting } from "./conditions.ts";
import type { DraftVariant } from "./draft.ts";
import { asMatrices } from "./matrix.ts";
import { nameVariants } from "./names.ts";
import type { NamedVariant, RawMap } from "./raw-config.ts";
import { defined, rawVariant } from "./raw-variant.ts";
import { renderConfig } from "./render.ts";
import { shareKeys } from "./share.ts";

/** What the config has beside its variants. */
export interface ConfigSetting extends ConditionSetting {
  /** The old files, for the head. */
  readonly sources: readonly string[];
  readonly cache: string;
  readonly refresh:
    | { readonly arg: string; readonly every: string; readonly format: string }
    | undefined;
  readonly release: readonly string[];
  readonly ci: RawMap | undefined;
  readonly command: string;
}

/** The config that does what the old workflows did. */
export function writeConfig(drafts: readonly DraftVariant[], setting: ConfigSetting): string {
  const names = nameVariants(drafts);
  const named = drafts.map((draft, at) => rawVariant(draft, names[at] ?? "", setting));
  const { publish, defaults, variants } = shareKeys(named);
  const written = shorter(variants);
  const { vars, refresh, release } = setting;
  const config: RawMap = defined({
    vars: Object.keys(vars).length === 0 ? undefined : vars,
    cache: setting.cache,
    publish,
    refresh: refresh === undefined ? undefined : rawRefresh(refresh),
    branches: release.length === 0 ? undefined : { release },
    ci: setting.ci,
    ...withoutUsualPlatforms(defaults, written),
  });
  const header = [`Made by \`${setting.command}\` from ${setting.sources.join(", ")}.`];
  return renderConfig(config, header);
}

/** linux/amd64 alone needs no key. */
function withoutUsualPlatforms(defaults: RawMap | undefined, variants: Variants): RawMap {
  const usual = (raw: RawMap): boolean => JSON.stringify(raw["platforms"]) === '["linux/amd64"]';
  const less = (raw: RawMap): RawMap =>
    usual(raw) ? defined({ ...raw, platforms: undefined }) : raw;
  const shared = defaults === undefined ? {} : less(defaults);
  return {
    defaults: Object.keys(shared).length === 0 ? undefined : shared,
    variants: Object.fromEntries(
      variants.map(({ name, raw }) => [name, shared["platforms"] === undefined ? less(raw) : raw]),
    ),
  };
}

type Variants = readonly NamedVariant[];

/** With matrices, if that makes the config shorter. */
function shorter(variants: Variants): Variants {
  const matrices = asMatrices(variants);
  const length = (all: Variants): number =>
    renderConfig(Object.fromEntries(all.map(({ name, raw }) => [name, raw])), []).split("\n")
      .length;
  return length(matrices) < length(variants) ? matrices : variants;
}

function rawRefresh({ arg, every, format }: NonNullable<ConfigSetting["refresh"]>): RawMap {
  return every === "command" ? { arg, command: `date -u +${format}` } : { arg, every };
}
