import { UsageError } from "../../errors.ts";
import { formatRepository, parseRepository } from "../../oci/reference.ts";
import type { Flavor, PublishTarget, TagRule } from "../config.ts";
import { defaultFlavor, parseFlavorEntry } from "./flavor.ts";
import { formatPath, type Report } from "../schema/report.ts";
import { type RawTarget, targetSchema } from "../schema/schema.ts";
import { checkShape } from "../schema/shape.ts";
import { defaultTagRules, parseTagRule } from "./tag-rule.ts";
import { checkTemplate } from "../template.ts";
import type { Path } from "../yaml/yaml-file.ts";

/** Checks `publish`; problems go to the report. */
export function normalisePublish(raw: unknown, report: Report): PublishTarget[] {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw ?? []].flat();
  const seen = new Map<string, Path>();
  return list.flatMap((item, index) => {
    const path: Path = Array.isArray(raw) ? ["publish", index] : ["publish"];
    const target = targetOf(item, path, report);
    if (target === undefined) return [];
    const first = seen.get(target.repository);
    if (first !== undefined) {
      report.add(
        [...path, "repository"],
        `${target.repository} is listed twice`,
        `put all its tags under one target, on line ${report.lineOf(first) ?? "?"}`,
      );
    }
    seen.set(target.repository, path);
    return [target];
  });
}

/**
 * The repository that a variant is published to. Throws a usage error if its name makes it invalid.
 */
export function repositoryFor(target: PublishTarget, name: string): string {
  if (!target.repository.includes("{name}")) return target.repository;
  const text = target.repository.replaceAll("{name}", name);
  try {
    return formatRepository(parseRepository(text));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`variant "${name}" cannot be published: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function targetOf(item: unknown, path: Path, report: Report): PublishTarget | undefined {
  const checked = checkShape(targetSchema, item, path, report);
  if (checked === undefined) return undefined;
  const given: RawTarget = typeof checked === "string" ? { repository: checked } : checked;
  const tags = tagsOf(given, path, report);
  const flavor = flavorOf(given, path, report);
  const { repository: named } = given;
  const place = [...path, "repository"];
  if (named === undefined) {
    if (!report.has(place)) {
      report.add(path, `${formatPath(path)} needs the key "repository"`, undefined, "key");
    }
    return undefined;
  }
  const repository = report.try(place, () => parseNamed(named));
  if (repository === undefined) return undefined;
  return {
    repository,
    tags,
    flavor,
    shape: given.shape ?? "index",
    annotations: given.annotations ?? {},
  };
}

/** A placeholder for a variant's name while the rest of a repository is checked. */
const standIn = "zz9name9zz";

function parseNamed(text: string): string {
  checkTemplate(text, ["name"]);
  const parsed = parseRepository(text.replaceAll("{name}", standIn));
  return formatRepository(parsed).replaceAll(standIn, "{name}");
}

function tagsOf(given: RawTarget, path: Path, report: Report): TagRule[] {
  const rules = linesOf(given.tags, [...path, "tags"]) ?? [];
  if (given.tags !== undefined && rules.length === 0) {
    report.add([...path, "tags"], "tags is empty", "leave it out for the default rules");
  }
  if (rules.length === 0) return defaultTagRules.map(parseTagRule);
  return rules.flatMap(({ text, at }) => report.try(at, () => parseTagRule(text)) ?? []);
}

function flavorOf(given: RawTarget, path: Path, report: Report): Flavor {
  const entries = linesOf(given.flavor, [...path, "flavor"]) ?? [];
  return entries.reduce<Flavor>(
    (flavor, { text, at }) => ({
      ...flavor,
      ...report.try(at, () => parseFlavorEntry(text)),
    }),
    defaultFlavor,
  );
}

interface Line {
  readonly text: string;
  readonly at: Path;
}

/**
 * A list, or docker/metadata-action's own form: a string with one rule per line and `#` comments.
 */
function linesOf(value: string | readonly string[] | undefined, path: Path): Line[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string")
    return value.map((text, index) => ({ text, at: [...path, index] }));
  return value
    .split(/\r?\n/)
    .map((text) => text.trim())
    .filter((text) => text !== "" && !text.startsWith("#"))
    .map((text) => ({ text, at: path }));
}
