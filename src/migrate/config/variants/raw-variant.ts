import { defaultTagRules } from "../../../config/publish/tag-rule.ts";
import { bestFlavor, type ConditionSetting, conditioned } from "../conditions.ts";
import type { DraftPublication, DraftVariant } from "./draft.ts";
import type { NamedVariant, Raw, RawMap } from "../raw-config.ts";
import { withoutSuffix } from "./suffixes.ts";

/** A variant as the config writes it, with everything that it has itself. */
export function rawVariant(
  draft: DraftVariant,
  name: string,
  setting: ConditionSetting,
): NamedVariant {
  const { platforms, platformArgs, runners } = draft;
  const { context, dockerfile, target, args = {}, ...rest } = draft.recipe;
  const published = draft.published.map((one) => targetOf(one, setting));
  const { suffix, targets } = suffixed(published.filter(({ tags }) => tags.length > 0));
  const usual = name === "core" ? "" : `-${name}`;
  const raw: RawMap = {
    suffix: targets.length === 0 || suffix === usual ? undefined : suffix,
    context: context === "." ? undefined : context,
    ...{ dockerfile, target, platforms },
    args: nonEmpty(args),
    "platform-args": nonEmpty(platformArgs),
    ...rest,
    runners: nonEmpty(runners),
    publish: targets.length === 0 ? false : targets.map(rawTarget),
  };
  return { name, raw: defined(raw) };
}

interface Target {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly flavor: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

function targetOf(publication: DraftPublication, setting: ConditionSetting): Target {
  const { repository, annotations, rules } = publication;
  const tags = rules.flatMap((rule) => conditioned(rule, setting) ?? []);
  const flavor = bestFlavor(publication, tags, setting).filter((entry) => entry !== "latest=auto");
  return { repository, annotations, tags, flavor };
}

/** The suffix of all of its repositories, if it is one that `latest` has, too. */
function suffixed(targets: readonly Target[]): {
  readonly suffix: string;
  readonly targets: readonly Target[];
} {
  const read = targets.map(({ flavor }) => withoutSuffix(flavor));
  const [suffix, ...others] = new Set(read.map((one) => one?.suffix));
  const own = targets.some(({ tags }) => tags.some((text) => /(?:^|,)suffix=/.test(text)));
  if (suffix === undefined || others.length > 0 || own) return { suffix: "", targets };
  return {
    suffix,
    targets: targets.map((target, at) => ({ ...target, flavor: read[at]?.flavor ?? [] })),
  };
}

/** A repository alone, if its rules are the usual ones. */
function rawTarget({ repository, tags, flavor, annotations }: Target): Raw {
  const isUsual = JSON.stringify(tags) === JSON.stringify(defaultTagRules);
  const rest = defined({
    tags: isUsual ? undefined : tags,
    flavor: flavor.length === 0 ? undefined : flavor,
    annotations: nonEmpty(annotations),
  });
  return Object.keys(rest).length === 0 ? repository : { repository, ...rest };
}

function nonEmpty<Map extends object>(map: Map): Map | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

/** Without keys that have no value. */
export function defined(map: RawMap): RawMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}
