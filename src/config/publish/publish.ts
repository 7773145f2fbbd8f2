import { UsageError } from "../../errors.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { Flavor, PublishTarget, TagRule } from "../config.ts";
import { hasFields } from "../import/fill.ts";
import { formatPath, type Report } from "../schema/report.ts";
import {
  previewTargetSchema,
  type RawPreview,
  type RawTarget,
  targetSchema,
} from "../schema/publish-schema.ts";
import { checkShape } from "../schema/shape.ts";
import { parseDuration } from "../../duration.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { parseFlavorEntry } from "./flavor.ts";
import { defaultTagRules, parseTagRule } from "./tag-rule.ts";

/** A target as it is written, for any number of variants. */
export interface TargetTemplate {
  readonly repository: Line<string>;
  readonly tags: readonly Line<TagRule>[];
  readonly flavor: readonly Line<Partial<Flavor>>[];
  readonly shape: PublishTarget["shape"];
  /** With fields in their values. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly expires?: number;
}

/** The targets of trusted runs, and those of untrusted ones. */
export interface Targets {
  readonly publish: readonly TargetTemplate[];
  readonly preview: readonly TargetTemplate[];
}

/** Those that a variant, the defaults or an import has itself; the others are inherited. */
export type OwnTargets = { readonly [K in keyof Targets]: Targets[K] | undefined };

/** A text of the file. One without fields is parsed once, for all variants. */
export interface Line<T> {
  readonly at: Path;
  readonly text: string;
  readonly parsed: T | undefined;
}

/**
 * Checks the values of `publish` and `preview` in a section of the file; problems go to the report.
 * Of texts with fields, what they are filled with decides: `fillTargets`.
 */
export function parseTargets(
  raw: { readonly [K in keyof Targets]?: unknown },
  at: Path,
  report: Report,
): OwnTargets {
  return {
    publish: parseList(raw.publish, [...at, "publish"], parseTarget, report),
    preview: parseList(raw.preview, [...at, "preview"], parsePreview, report),
  };
}

export function inheritTargets(own: OwnTargets, inherited: Targets): Targets {
  return {
    publish: own.publish ?? inherited.publish,
    preview: own.preview ?? inherited.preview,
  };
}

type ParseItem = (item: unknown, path: Path, report: Report) => TargetTemplate | undefined;

function parseList(
  raw: unknown,
  at: Path,
  parseItem: ParseItem,
  report: Report,
): readonly TargetTemplate[] | undefined {
  if (raw === undefined || raw === null) return undefined;
  if (raw === "false") return [];
  const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const seen = new Map<string, Path>();
  return items.flatMap((item, index) => {
    const target = parseItem(item, Array.isArray(raw) ? [...at, index] : at, report);
    if (target === undefined) return [];
    const { repository } = target;
    const name = repository.parsed ?? repository.text;
    const first = seen.get(name);
    if (first !== undefined) {
      report.add(
        repository.at,
        `${name} is listed twice`,
        `put all its tags under one target, on line ${report.lineOf(first) ?? "?"}`,
      );
    }
    seen.set(name, repository.at);
    return [target];
  });
}

/** A repository in its full form. Throws a usage error. */
export function parseTargetRepository(text: string): string {
  return formatRepository(parseRepository(text));
}

function parseTarget(item: unknown, path: Path, report: Report): TargetTemplate | undefined {
  if (isFlag(item, path, "publish", report)) return undefined;
  const checked = checkShape(targetSchema, item, path, report);
  if (checked === undefined) return undefined;
  const given: RawTarget = typeof checked === "string" ? { repository: checked } : checked;
  return templateOf(given, typeof checked === "string", { path, defaultTagRules }, report);
}

function parsePreview(item: unknown, path: Path, report: Report): TargetTemplate | undefined {
  if (isFlag(item, path, "preview", report)) return undefined;
  const checked = checkShape(previewTargetSchema, item, path, report);
  if (checked === undefined) return undefined;
  const given: RawPreview = typeof checked === "string" ? { repository: checked } : checked;
  const defaultTagRules = ["type=ref,event=pr"];
  const target = templateOf(given, typeof checked === "string", { path, defaultTagRules }, report);
  const text = given.expires;
  const expires =
    text === undefined ? undefined : report.try([...path, "expires"], () => parseExpiry(text));
  if (target === undefined) return undefined;
  const { repository } = target;
  if (repository.parsed === undefined) {
    const message = `the preview repository ${repository.text} cannot contain fields`;
    const hint =
      "use the full name, because the config on the default branch must name the same repository; variant suffixes keep the tags apart";
    report.add(repository.at, message, hint);
    return undefined;
  }
  return { ...target, ...(expires === undefined ? {} : { expires }) };
}

function parseExpiry(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds > 0) return milliseconds;
  throw new UsageError("a preview cannot expire immediately", {
    hint: "set a time such as expires: 7d, or use preview: false to publish no previews",
  });
}

/** Reports `true`, which names no repository, and a `false` in a list. */
function isFlag(item: unknown, path: Path, key: keyof Targets, report: Report): boolean {
  if (item !== "true" && item !== "false") return false;
  const message = `${formatPath(path)} must be a repository, not ${item}`;
  report.add(path, message, `use ${key}: false to publish nothing`);
  return true;
}

interface TargetPlace {
  readonly path: Path;
  /** If none are given. */
  readonly defaultTagRules: readonly string[];
}

function templateOf(
  given: RawTarget,
  isText: boolean,
  { path, defaultTagRules }: TargetPlace,
  report: Report,
): TargetTemplate | undefined {
  const tags = tagsOf(given, { path, defaultTagRules }, report);
  const flavor = linesOf(given.flavor, [...path, "flavor"]).flatMap(
    (line) => parseLine(line, parseFlavorEntry, report) ?? [],
  );
  const place = isText ? path : [...path, "repository"];
  if (given.repository === undefined) {
    if (!report.has(place)) {
      report.add(path, `${formatPath(path)} needs the key "repository"`, undefined, "key");
    }
    return undefined;
  }
  const repository = parseLine(
    { text: given.repository, at: place },
    parseTargetRepository,
    report,
  );
  if (repository === undefined) return undefined;
  const { shape = "index", annotations = {} } = given;
  return { repository, tags, flavor, shape, annotations };
}

function tagsOf(
  given: RawTarget,
  { path, defaultTagRules }: TargetPlace,
  report: Report,
): Line<TagRule>[] {
  const at = [...path, "tags"];
  const rules = linesOf(given.tags, at);
  if (given.tags !== undefined && rules.length === 0) {
    report.add(at, "tags is empty", "remove it to use the default rules");
  }
  const lines = rules.length === 0 ? defaultTagRules.map((text) => ({ text, at })) : rules;
  return lines.flatMap((line) => parseLine(line, parseTagRule, report) ?? []);
}

type RawLine = Omit<Line<unknown>, "parsed">;

function parseLine<T>(
  line: RawLine,
  parse: (text: string) => T,
  report: Report,
): Line<T> | undefined {
  if (hasFields(line.text)) return { ...line, parsed: undefined };
  const parsed = report.try(line.at, () => parse(line.text));
  return parsed === undefined ? undefined : { ...line, parsed };
}

/**
 * A list, or docker/metadata-action's own form: a string with one rule per line and `#` comments.
 */
function linesOf(value: string | readonly string[] | undefined, path: Path): RawLine[] {
  if (value === undefined) return [];
  if (typeof value !== "string")
    return value.map((text, index) => ({ text, at: [...path, index] }));
  return value
    .split(/\r?\n/)
    .map((text) => text.trim())
    .filter((text) => text !== "" && !text.startsWith("#"))
    .map((text) => ({ text, at: path }));
}
