import { defaultTagRules } from "../../../config/publish/tag-rule.ts";
import { messageOf } from "../../../errors.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { JobRun } from "../../../lint/model/pipeline.ts";
import { listOf, parseSettings } from "../../../lint/operations/settings.ts";
import type { Span } from "../../../lint/yaml/node.ts";
import { type Metadata, metadataOf } from "../images/metadata.ts";
import type { Publication } from "../images/old-image.ts";
import type { Reading } from "../reading.ts";
import { repositoryOf } from "./repositories.ts";
import { configRule, tagHint, tagsBy } from "./tag-rules.ts";
import { byTags } from "./written-tags.ts";
import { concrete, configText, expressionsOf, valueHint } from "../texts.ts";

/** Where tags of a build or a merge publish: docker/metadata-action's, and those written out. */
export function publicationsOf(
  tags: readonly Field[],
  job: JobRun,
  reading: Reading,
): readonly Publication[] {
  const byStep = new Map<object, Metadata>();
  const literals: Field[] = [];
  for (const field of tags) {
    const [first] = field.value.unknown;
    const isWhole = first !== undefined && field.value.text === `\${{ ${first.expression} }}`;
    const metadata = isWhole ? metadataOf(first.expression, job, reading) : undefined;
    if (metadata === undefined) literals.push(field);
    else byStep.set(metadata.step, metadata);
  }
  return [
    ...[...byStep.values()].flatMap((metadata) => byMetadata(metadata, reading)),
    ...byTags(literals, reading),
  ];
}

/** The repositories and rules of a docker/metadata-action step. */
export function byMetadata(metadata: Metadata, reading: Reading): readonly Publication[] {
  const { lost } = reading;
  const flavor = metadata.flavor.flatMap(({ value, span }) => {
    const text = configText(value, reading);
    if (text === undefined)
      lost.add(span, `the flavor depends on ${expressionsOf(value)}`, valueHint(value));
    return text ?? [];
  });
  const given = metadata.tags.map(({ value }) => value);
  const rules = metadata.tags.flatMap(({ value, span }) => {
    const texts = configRule(value, reading);
    if (texts === undefined) {
      lost.add(span, `a tag depends on ${expressionsOf(value)}`, tagHint(value));
    }
    return texts ?? [];
  });
  const usual = metadata.tags.length === 0 ? defaultTagRules : rules;
  const concreteRules = given.flatMap((rule) => concrete(rule, reading) ?? []);
  const oldRules = (metadata.tags.length === 0 ? defaultTagRules : concreteRules).filter(isEnabled);
  const concreteFlavor = metadata.flavor.flatMap(({ value }) => concrete(value, reading) ?? []);
  const tags = tagsOrReport(oldRules, concreteFlavor, metadata.step.span, reading);
  return metadata.images.flatMap(imagesIn).flatMap((image): Publication[] => {
    const repository = imageRepository(image, reading);
    if (repository === undefined) return [];
    return [
      {
        repository,
        span: image.span,
        rules: usual,
        flavor,
        annotations: annotationsOf(metadata.annotations, reading),
        tags,
      },
    ];
  });
}

/** An empty `enable` is what an input gives that nobody has set. */
function isEnabled(rule: string): boolean {
  return !/(?:^|,)enable=(?:false)?(?:,|$)/.test(rule);
}

function tagsOrReport(
  rules: readonly string[],
  flavor: readonly string[],
  span: Span,
  { event, lost }: Reading,
): readonly string[] {
  try {
    return tagsBy(rules, flavor, event);
  } catch (error) {
    lost.add(span, `the tag rules are not valid: ${messageOf(error)}`, "correct publish.tags");
    return [];
  }
}

/** The action also takes names without attributes on one line: `acme/app,ghcr.io/acme/app`. */
function imagesIn(line: Field): readonly Field[] {
  return line.value.text.includes("=") ? [line] : listOf(line);
}

/** `ghcr.io/acme/app`, or `name=ghcr.io/acme/app,enable=true`. */
function imageRepository(image: Field, reading: Reading): string | undefined {
  const { attributes } = parseSettings(image);
  const enable = attributes.get("enable");
  if (enable?.text === "false") return undefined;
  return repositoryOf({ ...image, value: attributes.get("name") ?? image.value }, reading);
}

/** What a build adds to the image itself, besides what docker/metadata-action made. */
export function withAnnotations(
  publications: readonly Publication[],
  fields: readonly Field[],
  job: JobRun,
  reading: Reading,
): readonly Publication[] {
  const own = fields.filter(({ value: { text, unknown } }) => {
    const [first] = unknown;
    const isMade = !text.includes("=") && first !== undefined;
    return !isMade || metadataOf(first.expression, job, reading) === undefined;
  });
  if (own.length === 0) return publications;
  const added = annotationsOf(own, reading);
  return publications.map((publication) => ({
    ...publication,
    annotations: { ...publication.annotations, ...added },
  }));
}

function annotationsOf(fields: readonly Field[], reading: Reading): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ value, span }) => {
      const text = configText(value, reading)?.replace(/^(?:index|manifest)[^:=]*:/, "");
      const equals = text?.indexOf("=") ?? -1;
      if (text !== undefined && equals > 0 && !text.includes("{{")) {
        return [[text.slice(0, equals), text.slice(equals + 1)] as const];
      }
      reading.lost.add(span, `an annotation depends on ${expressionsOf(value)}`);
      return [];
    }),
  );
}
