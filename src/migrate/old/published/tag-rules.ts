import type { Flavor } from "../../../config/config.ts";
import { defaultFlavor, parseFlavorEntry } from "../../../config/publish/flavor.ts";
import { parseTagRule, tagAttributes } from "../../../config/publish/tag-rule.ts";
import {
  joinTexts,
  known,
  splitText,
  type Text,
  type Unknown,
} from "../../../lint/expressions/value.ts";
import { planTags } from "../../../plan/tags/tag-rules.ts";
import type { EventKind, SampleEvent } from "../../events/sample-event.ts";
import type { Reading } from "../reading.ts";
import { configText, escaped, escapedAround, inputIn, orHint, variableOf } from "../texts.ts";

/** What to do about a tag that the config cannot express. */
export function tagHint(tag: Text): string {
  return orHint("add a rule for this tag to publish.tags", tag);
}

/**
 * A rule of docker/metadata-action as the config writes it; none if it is off in the example run.
 * Undefined if the config cannot express it.
 */
export function configRule(rule: Text, reading: Reading): readonly string[] | undefined {
  const attributes = splitText(rule, ",").map(attributeOf);
  const enable = attributes.find(({ key }) => key === "enable")?.value;
  if (enable?.text === "false") return [];
  const kept = attributes.filter(({ key, value }) => key !== "enable" || value.text !== "true");
  const translated = kept.map(({ key, value, whole }) => {
    if (key !== "enable") return configText(whole, reading);
    const [only] = value.unknown;
    const input = only === undefined ? undefined : inputIn(only.expression);
    return input === undefined ? configText(whole, reading) : `enable=\${${variableOf(input)}}`;
  });
  if (translated.every((text) => text !== undefined)) return [translated.join(",")];
  const raw = kept.find(({ key }) => key === "value") ?? kept.find(({ key }) => key === "");
  const type = kept.find(({ key }) => key === "type")?.value.text ?? "raw";
  const others = kept.filter((one) => one !== raw && one.key !== "type");
  if (raw === undefined || type !== "raw" || others.some(({ key }) => /fix$/.test(key))) {
    return undefined;
  }
  const made = ruleFor(raw.value, reading.event.kind);
  const rest = others.map(({ whole }) => configText(whole, reading));
  return made === undefined || rest.some((text) => text === undefined)
    ? undefined
    : [[made, ...rest].join(",")];
}

/**
 * A rule with its type, and without what docker/metadata-action ignores: attributes that the type
 * does not have, and all values without a key but the last one.
 */
export function effectiveRule(rule: Text): Text {
  if (rule.text.includes('"')) return rule;
  const attributes = splitText(rule, ",").map(attributeOf);
  const type = attributes.find(({ key }) => key === "type")?.value.text ?? "raw";
  const supported = tagAttributes(type);
  if (supported === undefined) return rule;
  const bare = attributes.filter(({ key }) => key === "").at(-1);
  const kept = attributes.flatMap((one) => {
    if (one === bare) return [joinTexts([known("value="), one.value])];
    return supported.includes(one.key) ? [one.whole] : [];
  });
  return joinTexts([known(`type=${type}`), ...kept.flatMap((one) => [known(","), one])]);
}

interface Attribute {
  readonly key: string;
  readonly value: Text;
  readonly whole: Text;
}

function attributeOf(whole: Text): Attribute {
  const [, key = ""] = /^\s*(type|value|enable|priority|prefix|suffix|\w+)=/.exec(whole.text) ?? [];
  const text = key === "" ? whole.text : whole.text.slice(whole.text.indexOf("=") + 1);
  return { key, value: { ...whole, text: text.trim() }, whole };
}

/** The rule for a tag that is written out: `latest`, `v${{ github.sha }}`. */
export function literalRule(tag: Text, reading: Reading): string | undefined {
  const text = configText(tag, reading);
  return text === undefined ? ruleFor(tag, reading.event.kind) : `type=raw,value=${text}`;
}

/** The rule for a text with expressions of the run: its commit, branch or tag. */
function ruleFor(tag: Text, kind: EventKind): string | undefined {
  const { text, unknown } = tag;
  const [only, ...more] = unknown;
  if (only === undefined) return undefined;
  if (more.some((other) => other.expression !== only.expression)) return refRule(tag, kind);
  const [before = "", after = "", ...others] = text.split(`\${{ ${only.expression} }}`);
  const type = ruleType(only.expression, kind);
  if (type === undefined || others.length > 0) return undefined;
  const usual = type === "type=ref,event=branch" || type === "type=ref,event=tag" ? "" : undefined;
  const prefix = before === usual ? "" : `,prefix=${escaped(before)}`;
  return `${type}${prefix}${after === "" ? "" : `,suffix=${escaped(after)}`}`;
}

/**
 * A branch or tag with the rest around it, as docker/metadata-action's expressions:
 * `type=ref,event=branch,suffix=-{{sha}}`.
 */
function refRule(tag: Text, kind: EventKind): string | undefined {
  const typeOf = ({ expression }: Unknown): string | undefined => ruleType(expression, kind);
  const ref = tag.unknown.find((part) => typeOf(part)?.startsWith("type=ref") === true);
  if (ref === undefined) return undefined;
  const [before = "", after = "", ...others] = escapedAround(tag).split(
    `\${{ ${ref.expression} }}`,
  );
  if (others.length > 0) return undefined;
  let around = `,prefix=${before},suffix=${after}`;
  for (const part of tag.unknown.filter(({ expression }) => expression !== ref.expression)) {
    const name = globalFor(typeOf(part));
    if (name === undefined) return undefined;
    around = around.replaceAll(`\${{ ${part.expression} }}`, `{{${name}}}`);
  }
  const given = around.replace(/,(?:prefix|suffix)=(?=,|$)/g, "");
  return `${typeOf(ref) ?? ""}${given}`;
}

function globalFor(type: string | undefined): string | undefined {
  switch (type) {
    case "type=sha":
      return "sha";
    case "type=ref,event=branch":
      return "branch";
    case "type=ref,event=tag":
      return "tag";
    default:
      return undefined;
  }
}

function ruleType(expression: string, kind: EventKind): string | undefined {
  const isTag = kind === "tag" || kind === "release";
  switch (expression) {
    case "github.sha":
    case "$CI_COMMIT_SHA":
      return "type=sha,format=long";
    case "$CI_COMMIT_SHORT_SHA":
      return "type=sha";
    case "github.ref_name":
    case "$CI_COMMIT_REF_NAME":
    case "$CI_COMMIT_REF_SLUG":
    case "$CI_COMMIT_BRANCH":
      if (kind === "pull_request") return undefined;
      return isTag ? "type=ref,event=tag" : "type=ref,event=branch";
    case "$CI_COMMIT_TAG":
    case "github.event.release.tag_name":
      return "type=ref,event=tag";
    case "$CI_MERGE_REQUEST_IID":
    case "github.event.number":
    case "github.event.pull_request.number":
      return "type=ref,event=pr";
    default:
      return undefined;
  }
}

/** The tags that rules give in a run. Throws a usage error for rules that are not valid. */
export function tagsBy(
  rules: readonly string[],
  flavor: readonly string[],
  { context }: Pick<SampleEvent, "context">,
  suffix = "",
): readonly string[] {
  const parsed = flavor.map((entry) => parseFlavorEntry(entry));
  const { tags } = planTags(
    rules.map((rule) => parseTagRule(rule)),
    parsed.reduce<Flavor>((all, entry) => ({ ...all, ...entry }), defaultFlavor),
    context,
    { suffix, now: new Date(context.commitDate ?? 0), defaultBranch: context.defaultBranch },
  );
  return tags.map(({ tag }) => tag);
}
