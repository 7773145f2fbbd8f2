import type { Text } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { Download, Merge, Upload } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { byMetadata, publicationsOf } from "./publications.ts";
import { lastMetadata, type Metadata, metadataOf } from "../images/metadata.ts";
import type { OldImage, Publication } from "../images/old-image.ts";
import type { Reading } from "../reading.ts";
import { createNotes } from "../../notes.ts";
import { byTags } from "./written-tags.ts";

/** A job that joins what other jobs pushed by digest, or under tags of their own. */
interface Joining {
  readonly job: JobRun;
  readonly step: StepRun;
  readonly merge: Merge;
  readonly published: readonly Publication[];
}

/** The images, with what the merges of the run publish them as. */
export function withMerges(images: readonly OldImage[], reading: Reading): readonly OldImage[] {
  const byImage = new Map<OldImage, Publication[]>();
  const parts: Publication[] = [];
  for (const joining of joiningsOf(reading)) {
    const sources = sourcesOf(joining.merge, reading);
    const byDigest = joinedBy(joining, images);
    const joined =
      byDigest.length > 0 ? byDigest : images.filter((image) => isAmong(image, sources));
    // A single one is copied to another name, and keeps its own.
    if (joined.length > 1) parts.push(...sources);
    if (joined.length === 0) {
      const message = `${joining.job.id} merges images, but their builds were not found`;
      reading.lost.add(
        joining.merge.span,
        message,
        "add the publish rules of this merge to the variant",
      );
    }
    for (const image of joined) {
      byImage.set(image, [...(byImage.get(image) ?? []), ...joining.published]);
    }
  }
  return images.map((image) => ({
    ...image,
    published: [...withoutParts(image, parts, reading), ...(byImage.get(image) ?? [])],
  }));
}

/** What a merge joins by tag. What cannot be told is no source. */
function sourcesOf({ sources, span }: Merge, reading: Reading): readonly Publication[] {
  const fields = sources.map((value): Field => ({ value, span }));
  return byTags(fields, { ...reading, lost: createNotes() });
}

function isAmong({ published: publications }: OldImage, sources: readonly Publication[]): boolean {
  return publications.some(({ repository, tags }) =>
    tags.some((tag) => hasTag(sources, repository, tag)),
  );
}

function hasTag(sources: readonly Publication[], repository: string, tag: string): boolean {
  return sources.some((source) => source.repository === repository && source.tags.includes(tag));
}

/** Without the tags that only a merge needs: what is built for one platform is staged. */
function withoutParts(
  image: OldImage,
  parts: readonly Publication[],
  { lost }: Reading,
): readonly Publication[] {
  return image.published.flatMap((publication) => {
    const { repository, rules, tags, span } = publication;
    const isPart = tags.map((tag) => hasTag(parts, repository, tag));
    if (!isPart.includes(true)) return [publication];
    // A rule of docker/metadata-action may give no tag, or several rules the same.
    const isWhole = isPart.every(Boolean);
    if (!isWhole && rules.length !== tags.length) return [publication];
    lost.add(
      span,
      `${repository} no longer gets tags for single platforms, which were merged into one image`,
      "the images of single platforms are staged in the cache repository; pull the merged image with --platform instead",
    );
    const annotations = Object.keys(publication.annotations);
    if (annotations.length > 0) {
      const message = `annotations of the images for single platforms: ${annotations.join(", ")}`;
      lost.add(span, message, "add them to publish.annotations, for the merged image");
    }
    if (isWhole) return [];
    const kept = <Item>(all: readonly Item[]): readonly Item[] =>
      all.filter((_, at) => isPart[at] !== true);
    return [{ ...publication, rules: kept(rules), tags: kept(tags) }];
  });
}

function joiningsOf(reading: Reading): readonly Joining[] {
  return reading.jobs.flatMap((job) =>
    job.steps.flatMap((step) =>
      step.runs === false
        ? []
        : step.operations.flatMap((operation) =>
            operation.kind === "merge"
              ? [
                  {
                    job,
                    step,
                    merge: operation,
                    published: published(operation, step, job, reading),
                  },
                ]
              : [],
          ),
    ),
  );
}

/** A script usually reads the tags from docker/metadata-action's JSON. */
function published(
  merge: Merge,
  step: StepRun,
  job: JobRun,
  reading: Reading,
): readonly Publication[] {
  const fields = merge.tags.map((value): Field => ({ value, span: merge.span }));
  const plain = fields.filter(({ value }) => !isFromShell(value));
  const metadata =
    plain.length < fields.length || fields.length === 0 ? named(step, job, reading) : undefined;
  return [
    ...publicationsOf(plain, job, reading),
    ...(metadata === undefined ? [] : byMetadata(metadata, reading)),
  ];
}

/** A tag that the script itself works out: `$(jq …)`, `$tags`. */
function isFromShell({ text, unknown }: Text): boolean {
  return (
    /\$[({\w]/.test(text.replace(/\$\{\{.*?\}\}/gs, "")) ||
    unknown.some(
      ({ expression }) => !/^(?:github|inputs|steps|needs|env|vars|secrets)\b/.test(expression),
    )
  );
}

/** The step that the script names, or else the last one before. */
function named(step: StepRun, job: JobRun, reading: Reading): Metadata | undefined {
  const texts = [...(step.script === undefined ? [] : [step.script.value]), ...step.env.values()];
  const expressions = texts.flatMap(({ unknown }) => unknown.map(({ expression }) => expression));
  for (const expression of expressions) {
    const metadata = metadataOf(expression, job, reading);
    if (metadata !== undefined) return metadata;
  }
  return lastMetadata(job.steps.slice(0, job.steps.indexOf(step)));
}

/**
 * The images that a merge joins: those whose artifacts its job downloads, or else those of the jobs
 * that it needs, or of its repositories.
 */
function joinedBy(
  { job, merge, published: publications }: Joining,
  images: readonly OldImage[],
): readonly OldImage[] {
  const byDigest = images.filter(({ digests }) => digests.length > 0);
  const patterns = operationsOf<Download>(job, "download").flatMap(
    ({ name, pattern }) => name ?? pattern ?? [],
  );
  const downloaded = byDigest.filter((image) => isDownloaded(image.job, patterns));
  const exact = downloaded.filter((image) => isDownloaded(image.job, patterns, true));
  if (downloaded.length > 0) return exact.length > 0 ? exact : downloaded;
  const needed = byDigest.filter((image) => job.needs.includes(image.job.id));
  if (needed.length > 0) return needed;
  const sources = merge.sources.map(({ text }) => text.split("@")[0] ?? "");
  const repositories = new Set([...publications.map(({ repository }) => repository), ...sources]);
  return byDigest.filter(({ digests }) => digests.some((digest) => repositories.has(digest)));
}

/** `exact`: a pattern such as `digests-a-*` names `digests-a-…`, and not `digests-a-b-…`. */
function isDownloaded(job: JobRun, patterns: readonly Field[], exact = false): boolean {
  return operationsOf<Upload>(job, "upload").some(({ name }) =>
    patterns.some(({ value }) => {
      const wanted = stem(value.text);
      const uploaded = name.value.text;
      return exact ? stemOfName(uploaded) === wanted : uploaded.startsWith(wanted);
    }),
  );
}

/** What precedes the first star or expression. */
function stem(pattern: string): string {
  return pattern.split(/\*|\$\{\{/, 1)[0] ?? "";
}

/** What precedes the platform, whichever way it is written. */
function stemOfName(name: string): string {
  return stem(name).replace(
    /(?:linux[-_/]?)?(?:amd64|x86_64|x64|arm64|aarch64|arm|armv7)(?:[-_/]?v\d)?$/,
    "",
  );
}

function operationsOf<Kind extends Download | Upload>(
  { steps }: JobRun,
  kind: Kind["kind"],
): readonly Kind[] {
  return steps.flatMap(({ operations }) =>
    operations.filter((operation): operation is Kind => operation.kind === kind),
  );
}
