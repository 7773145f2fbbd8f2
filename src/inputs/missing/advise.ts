import { posix } from "node:path";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import type { ContextSource } from "../../dockerfile/stages/found.ts";
import { nearest } from "../../nearest.ts";
import { fixedPart, isMissing } from "../files/take-files.ts";
import type { LegInputs } from "../leg-inputs.ts";
import type { OpenedFolder } from "./open-folders.ts";

/** What to try for a source that the context does not have; undefined if nothing is likely. */
export function adviseOn(
  source: ContextSource,
  inputs: LegInputs,
  context: OpenedFolder,
  open: (folder: string) => OpenedFolder,
): string | undefined {
  if (!isMissing(context.whole, source)) {
    return `remove the pattern, or add the line "!${pathOf(source)}" below it`;
  }
  const elsewhere =
    source.context === undefined ? adviseContext(source, inputs, context, open) : undefined;
  return elsewhere ?? adviseName(source, context);
}

/** A folder that would be the right context: one above it, or the Dockerfile's own. */
function adviseContext(
  source: ContextSource,
  { recipe, stages }: LegInputs,
  { folder }: OpenedFolder,
  open: (folder: string) => OpenedFolder,
): string | undefined {
  const dockerfile = dockerfilePath(recipe);
  const beside = dockerfile === undefined ? [] : [posix.dirname(dockerfile)];
  const others = [...foldersAbove(folder), ...beside].filter((other) => other !== folder);
  const having = others.filter((other) => !isMissing(open(other).sent, source));
  const needed = stages.contextSources.filter((one) => one.context === undefined);
  const whole = having.find((other) => needed.every((one) => !isMissing(open(other).sent, one)));
  if (whole !== undefined) {
    return whole === "."
      ? `it exists in the config's folder: did you mean "context: ."?`
      : `it exists in "${whole}": did you mean "context: ${whole}"?`;
  }
  if (source.written.startsWith("../")) {
    return "COPY cannot leave its context: use a folder above it as the context, or a named context";
  }
  const [other] = having;
  if (other === undefined) return undefined;
  return `"${posix.join(other, pathOf(source))}" exists, but paths are relative to the context`;
}

/** The nearest name in the last folder of the path that exists. */
function adviseName(source: ContextSource, { sent }: OpenedFolder): string | undefined {
  let node = sent.top;
  const above: string[] = [];
  for (const part of pathOf(source).split("/")) {
    const child = sent.children(node).get(part);
    if (child === undefined) {
      const near = nearest(part, sent.children(node).keys());
      return near === undefined ? undefined : `did you mean "${[...above, near].join("/")}"?`;
    }
    node = child;
    above.push(part);
  }
  return undefined;
}

function foldersAbove(folder: string): readonly string[] {
  const above = posix.dirname(folder);
  if (folder === "." || folder.startsWith("..") || posix.isAbsolute(folder)) return [];
  return [above, ...foldersAbove(above)];
}

/** What a source names without a wildcard. */
export function pathOf({ path, wildcard }: ContextSource): string {
  return wildcard ? fixedPart(path) : path;
}
