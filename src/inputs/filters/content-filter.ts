import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { FileFilter } from "../../config/config.ts";
import type { Normaliser } from "../../config/variants/filters.ts";
import { compileGlobs } from "../../dockerfile/ignore/ignore.ts";
import { messageOf, UsageError } from "../../errors.ts";
import { type CanonicalProto, canonicalProto } from "./protobuf.ts";
import { stripComments } from "./strip-comments.ts";
import { atJsonPointer, atYamlPath } from "./structured.ts";

/** Services that normalising needs. */
export interface FilterServices {
  /** The config's folder, which a baseline's path is relative to. */
  readonly root: string;
  /** Runs a shell command with a file as its input; undefined if it fails, or if none may run. */
  readonly run: (command: string, input: Buffer) => string | undefined;
}

/** What counts of a file. */
export interface CountedContent {
  /** What is hashed instead of the sha256 of the file's content. */
  readonly content: string;
  /** Short hashes of the definitions that the filter's baseline does not have, by name. */
  readonly additions?: Readonly<Record<string, string>>;
}

/** Determines which content of a context's files counts. */
export interface ContentFilter {
  /** Identifies the filter. */
  readonly key: string;
  /** Undefined: the file counts whole. `sha256` is that of its content, if the caller has read it. */
  readonly contentOf: (path: string, file: string, sha256?: string) => CountedContent | undefined;
}

/** Files larger than this are not normalised: they count whole. Bytes. */
const largestFile = 16 << 20;

/**
 * The filters of a variant as one. Each file is normalised once, by the first filter with a
 * matching glob. A file that cannot be normalised counts whole. Undefined if there are no filters.
 * Throws a usage error for a baseline that cannot be read. `derived` keeps results for other
 * filters of the same definition.
 */
export function createContentFilter(
  filters: readonly FileFilter[],
  services: FilterServices,
  derived: Map<string, CountedContent | undefined> = new Map(),
): ContentFilter | undefined {
  if (filters.length === 0) return undefined;
  const compiled = filters.map(({ glob, as }) => {
    const baseline = baselineOf(as, services);
    return {
      rules: compileGlobs([glob]),
      key: JSON.stringify(as),
      made: JSON.stringify([as, baseline === undefined ? "" : hash("sha256", baseline)]),
      normalise: normaliserOf(as, baseline, services),
    };
  });
  return {
    key: JSON.stringify(filters),
    contentOf: (path, file, sha256) => {
      const filter = compiled.find(({ rules }) => rules.matches(path));
      if (filter === undefined) return undefined;
      const keyWith = (sum: string): string => `${filter.made}\0${path}\0${sum}`;
      const known = sha256 === undefined ? undefined : keyWith(sha256);
      if (known !== undefined && derived.has(known)) return derived.get(known);
      const bytes = readFileSync(file);
      const content = contentOf(filter, path, bytes);
      derived.set(keyWith(hash("sha256", bytes)), content);
      return content;
    },
  };
}

function contentOf(
  { key, normalise }: { readonly key: string; readonly normalise: Normalise },
  path: string,
  bytes: Buffer,
): CountedContent | undefined {
  const normal = bytes.length > largestFile ? undefined : normalise(bytes, path);
  if (normal === undefined) return undefined;
  const { text, additions = {} } = typeof normal === "string" ? { text: normal } : normal;
  const content = `${key} ${hash("sha256", text)}`;
  return Object.keys(additions).length === 0 ? { content } : { content, additions };
}

type Normalise = (bytes: Buffer, path: string) => string | CanonicalProto | undefined;

function baselineOf(as: Normaliser, { root }: FilterServices): string | undefined {
  if (as.kind !== "protobuf" || as.baseline === undefined) return undefined;
  return readBaseline(root, as.baseline);
}

function normaliserOf(
  as: Normaliser,
  baseline: string | undefined,
  { run }: FilterServices,
): Normalise {
  switch (as.kind) {
    case "strip-comments":
      return (bytes, path) => stripComments(textOf(bytes), path);
    case "json":
      return (bytes) => atJsonPointer(textOf(bytes), as.at);
    case "yaml":
      return (bytes) => atYamlPath(textOf(bytes), as.at);
    case "protobuf":
      return (bytes) => canonicalProto(textOf(bytes), baseline);
    case "command":
      return (bytes) => run(as.command, bytes);
  }
}

/** latin1 keeps every byte, so that bytes that are not UTF-8 stay different. */
function textOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}

function readBaseline(root: string, path: string): string {
  try {
    return readFileSync(resolve(root, path)).toString("latin1");
  } catch (cause) {
    throw new UsageError(`the baseline ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: "copy an earlier version of the file into the repository as its baseline",
    });
  }
}
