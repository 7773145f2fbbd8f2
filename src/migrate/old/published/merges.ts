import type { Text } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { Download, Merge, Upload } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { byMetadata, publicationsOf } from "./publications.ts";
import { lastMetadata, type Metadata, metadataOf } from "../images/metadata.ts";
import type { OldImage, Publication } from "../images/old-image.ts";
import type { Reading } from "../reading.ts";

/** A job that joins what other jobs pushed by digest. */
interface Joining {
  readonly job: JobRun;
  readonly step: StepRun;
  readonly merge: Merge;
  readonly published: readonly Publication[];
}

/** The images, with what the merges of the run publish them as. */
export function withMerges(images: readonly OldImage[], reading: Reading): readonly OldImage[] {
  const byImage = new Map<OldImage, Publication[]>();
  for (const joining of joiningsOf(reading)) {
    const joined = joinedBy(joining, images);
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
    published: [...image.published, ...(byImage.get(image) ?? [])],
  }));
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
