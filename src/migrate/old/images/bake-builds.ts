import type { Build } from "../../../lint/model/operation.ts";
import type { JobRun, StepRun } from "../../../lint/model/pipeline.ts";
import { listOf } from "../../../lint/operations/settings.ts";
import type { Span } from "../../../lint/yaml/node.ts";
import { metadataOf } from "./metadata.ts";
import type { Reading } from "../reading.ts";

/** Whether a build is a target of a bake file. */
export function isBake({ tool }: Build): boolean {
  return tool === "docker/bake-action" || tool === "docker buildx bake";
}

/** Whether nothing could be read of a target: which one it is, or the file. */
export function isUnread({ opaque, context, dockerfile, target, tags, platforms }: Build): boolean {
  const nothing = [context, dockerfile, target].every((field) => field === undefined);
  return opaque.length > 0 && nothing && tags.length + platforms.length === 0;
}

/** Reports what is not read of bake files. */
export function reportBake({ span }: Build, { lost }: Reading): void {
  lost.add(
    span,
    "only the context, Dockerfile, target, arguments, platforms and tags of bake targets are carried over",
    "use import in the config to read the whole bake file: see `layerkeep import bake`",
  );
}

/**
 * A build of docker/bake-action, with the tags of docker/metadata-action if its bake file is one of
 * the files: it redefines the target docker-metadata-action, which others inherit.
 */
export function withMetadata(
  build: Build,
  { action }: StepRun,
  job: JobRun,
  reading: Reading,
): Build {
  const files = listOf(action?.inputs.get("files"));
  const found = files
    .flatMap(({ value, span }) => value.unknown.map((unknown) => ({ unknown, span })))
    .find(({ unknown }) => metadataOf(unknown.expression, job, reading) !== undefined);
  const inherits = build.tags.length === 0 || build.tags.some(({ span }) => isOfMetadata(span));
  if (found === undefined) return build;
  const { unknown, span } = found;
  const value = { text: `\${{ ${unknown.expression} }}`, unknown: [unknown] };
  return {
    ...build,
    tags: inherits ? [{ value, span }] : build.tags,
    opaque: build.opaque.filter((why) => !why.includes(unknown.expression)),
  };
}

function isOfMetadata({ file, start }: Span): boolean {
  const before = file.text.slice(0, start);
  return [...before.matchAll(/\btarget\s+"([^"]*)"/g)].at(-1)?.[1] === "docker-metadata-action";
}
