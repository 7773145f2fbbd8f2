import { resolve } from "node:path";
import { dockerfilePath } from "../../config/variants/dockerfile-path.ts";
import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import type { ContextSource } from "../../dockerfile/stages/found.ts";
import type { Problem } from "../../errors.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { isMissing } from "../files/take-files.ts";
import type { LegInputs } from "../leg-inputs.ts";
import { adviseOn, pathOf } from "./advise.ts";
import { type OpenedFolder, openFolders } from "./open-folders.ts";

/** A source of COPY, ADD or a bind mount that the context does not have: the build will fail. */
export interface MissingSource extends Problem {
  /** The Dockerfile, as the config names it. */
  readonly file: string;
  /** Where the instruction begins. */
  readonly line: number;
  /** The source as written in the Dockerfile. */
  readonly written: string;
  /** The ids of the legs that reach the instruction. */
  readonly legs: readonly string[];
}

/**
 * The sources that reached stages take from folders and that do not exist there, each once, with the
 * legs that need it. Says nothing about what is not known for certain: a path with a variable that a
 * base image may set, and `--parents`. `root` is the config's folder. Throws a usage error for a
 * folder or an ignore file that cannot be read.
 */
export function findMissingSources(
  root: string,
  legs: readonly LegInputs[],
): readonly MissingSource[] {
  const open = openFolders(root);
  const found = new Map<string, MissingSource>();
  for (const inputs of legs) {
    const id = `${inputs.recipe.name}/${formatPlatform(inputs.recipe.platform)}`;
    for (const source of inputs.stages.contextSources) {
      const folder = folderOf(inputs, source);
      if (folder === undefined) continue;
      const dockerfile = ignoringDockerfile(root, inputs, source);
      const context = open(folder, dockerfile);
      if (!isMissing(context.sent, source)) continue;
      const file = inputs.recipe.dockerfile;
      const key = JSON.stringify([file, source.line, source.label, source.context, folder]);
      const known = found.get(key);
      const missing = known ?? {
        ...{ file, line: source.line, written: source.written, legs: [] },
        message: messageOf(source, context),
        hint: adviseOn(source, inputs, context, (other) => open(other, dockerfile)),
      };
      found.set(key, { ...missing, legs: [...missing.legs, id] });
    }
  }
  return [...found.values()];
}

/** The folder, from the config's, that a source is taken from; undefined if it is not a folder. */
function folderOf({ recipe }: LegInputs, { context }: ContextSource): string | undefined {
  if (context === undefined) return recipe.context;
  const value = Object.entries(recipe.contexts).find(([name]) => familiarName(name) === context);
  const address = value === undefined ? undefined : parseContextAddress(value[1]);
  return address?.kind === "folder" ? address.path : undefined;
}

/** The Dockerfile whose own ignore file applies: only to the build context. */
function ignoringDockerfile(
  root: string,
  { recipe }: LegInputs,
  { context }: ContextSource,
): string | undefined {
  const file = context === undefined ? dockerfilePath(recipe) : undefined;
  return file === undefined ? undefined : resolve(root, file);
}

function messageOf(
  source: ContextSource,
  { folder, whole, ignoreFile, ignore }: OpenedFolder,
): string {
  const path = pathOf(source);
  const place =
    source.context === undefined
      ? `the context "${folder}"`
      : `the context "${source.context}" ("${folder}")`;
  if (isMissing(whole, source)) return `${source.label} will fail: "${path}" not found in ${place}`;
  const line = ignore.lineFor(path);
  const rule = line === undefined ? ignoreFile : `${ignoreFile}:${line}`;
  return `${source.label} will fail: "${path}" is excluded from ${place} by ${rule}`;
}
