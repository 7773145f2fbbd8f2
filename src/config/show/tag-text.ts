import { formatCsvField } from "../../csv.ts";
import type { Flavor, TagRule } from "../config.ts";
import { defaultFlavor } from "../publish/flavor.ts";
import { parseTagRule } from "../publish/tag-rule.ts";

/** A tag rule in the words of docker/metadata-action, without what it has by default. */
export function formatTagRule(rule: TagRule): string {
  const own = attributesOf(rule);
  const usual = parseTagRule(line(own));
  const common = (["prefix", "suffix", "enable", "priority"] as const).flatMap((key) => {
    const value = rule[key];
    return value === undefined || value === usual[key] ? [] : [[key, String(value)] as const];
  });
  return line([...own, ...common]);
}

type Attributes = readonly (readonly [key: string, value: string | undefined])[];

function attributesOf(rule: TagRule): Attributes {
  const type = ["type", rule.type] as const;
  switch (rule.type) {
    case "ref":
      return [type, ["event", rule.event]];
    case "semver":
    case "pep440":
      return [type, ["pattern", rule.pattern], ["value", rule.value], ["match", rule.match?.text]];
    case "match":
      return [
        type,
        ["pattern", rule.pattern.text],
        ["group", String(rule.group)],
        ["value", rule.value],
      ];
    case "edge":
      return [type, ["branch", rule.branch]];
    case "sha":
      return [type, ["format", rule.format]];
    case "raw":
      return [type, ["value", rule.value]];
    case "schedule":
      return [type, ["pattern", rule.pattern]];
  }
}

function line(attributes: Attributes): string {
  return attributes
    .flatMap(([key, value]) => (value === undefined ? [] : formatCsvField(`${key}=${value}`)))
    .join(",");
}

/** docker/metadata-action's flavor, without what it has by default. */
export function formatFlavor(flavor: Flavor): readonly string[] {
  const affix = (key: "prefix" | "suffix", onLatest: boolean): readonly string[] => {
    if (flavor[key] === defaultFlavor[key]) return [];
    return [
      line([
        [key, flavor[key]],
        ["onlatest", onLatest ? "true" : undefined],
      ]),
    ];
  };
  return [
    ...(flavor.latest === defaultFlavor.latest ? [] : [`latest=${flavor.latest}`]),
    ...affix("prefix", flavor.prefixLatest),
    ...affix("suffix", flavor.suffixLatest),
  ];
}
