import { UsageError } from "../errors.ts";
import { formatRepository, parseRepository } from "../oci/reference.ts";
import type { Config, CredentialEntry } from "./config.ts";
import { normaliseCredentials } from "./credentials.ts";
import { openConfig } from "./parse.ts";
import { parseTargetRepository } from "./publish/publish.ts";
import type { Report } from "./schema/report.ts";
import { sectionSchemas } from "./schema/schema.ts";
import { normaliseBranches } from "./schema/sections.ts";
import { checkShape } from "./schema/shape.ts";
import { readYaml } from "./yaml/read-yaml.ts";
import { isRecord, type YamlFile } from "./yaml/yaml-file.ts";

/** What a version of the config claims about trust. */
export interface Claims {
  /** `branches.default` */
  readonly default: string | undefined;
  /** `branches.release` */
  readonly release: readonly string[];
  /** `cache.write-on-tags` */
  readonly writeOnTags: boolean;
  /** Which variables may be read for which host. */
  readonly credentials: readonly CredentialEntry[];
  /** The repositories of `preview`, of any variant: `host/path`. */
  readonly previews: readonly string[];
  /** `cache.scratch`: `host/path` */
  readonly scratch: string | undefined;
}

/** The claims of a loaded config. */
export function claimsOf({ branches, cache, credentials, variants }: Config): Claims {
  const { default: main, release } = branches;
  const previews = variants.flatMap(({ preview }) => preview.map(({ repository }) => repository));
  const scratch = cache.scratch === undefined ? undefined : formatRepository(cache.scratch);
  return { default: main, release, writeOnTags: cache.writeOnTags, credentials, previews, scratch };
}

/**
 * The claims of another version of the config; the rest of it is ignored. Variables are replaced as
 * in this run. Throws a usage error if the claims cannot be read.
 */
export async function readClaims(
  text: string,
  file: string,
  vars: Readonly<Record<string, string>>,
  plainYaml?: boolean,
): Promise<Claims> {
  const yaml = claimsAlone(await readYaml(text, plainYaml));
  const declared = isRecord(yaml.value) && isRecord(yaml.value["vars"]) ? yaml.value["vars"] : {};
  const given = Object.entries(vars).filter(([name]) => Object.hasOwn(declared, name));
  const { root, report } = openConfig(yaml, file, Object.fromEntries(given));
  const branches = normaliseBranches(section("branches", root, report), report);
  const credentials = normaliseCredentials(section("credentials", root, report), report);
  const raw = section("cache", root, report);
  const cache = typeof raw === "object" ? raw : {};
  const problems = report.problems();
  if (problems.length > 0) throw new UsageError(problems);
  return {
    default: branches.default,
    release: branches.release,
    writeOnTags: cache["write-on-tags"] === "true",
    credentials,
    previews: previewsIn(root["preview"]),
    scratch: repositoryIn(cache.scratch, (text) => formatRepository(parseRepository(text))),
  };
}

function previewsIn(raw: unknown): string[] {
  return listOf(raw).flatMap((item) => {
    const text = isRecord(item) ? item["repository"] : item;
    if (text === "true" || text === "false") return [];
    return repositoryIn(text, parseTargetRepository) ?? [];
  });
}

/** What cannot be read names no repository. */
function repositoryIn(raw: unknown, parse: (text: string) => string): string | undefined {
  if (typeof raw !== "string") return undefined;
  try {
    return parse(raw);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function section<K extends "branches" | "credentials" | "cache">(
  name: K,
  root: Record<string, unknown>,
  report: Report,
) {
  const value = root[name];
  if (value === undefined || value === null) return undefined;
  return checkShape(sectionSchemas[name], value, [name], report, ["type"]);
}

/** Keys that an older or a newer version has elsewhere must not matter. */
function claimsAlone(yaml: YamlFile): YamlFile {
  const { value } = yaml;
  if (!isRecord(value)) return { ...yaml, problems: [...yaml.problems, notAMap(yaml)].flat() };
  const { vars, branches, credentials, cache } = value;
  const preview = allPreviews(value);
  return {
    ...yaml,
    value: {
      ...(vars === undefined ? {} : { vars }),
      ...(branches === undefined ? {} : { branches }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(isRecord(cache) ? { cache: cacheClaims(cache) } : {}),
      preview,
    },
  };
}

function cacheClaims({ "write-on-tags": flag, scratch }: Record<string, unknown>) {
  return {
    ...(flag === undefined ? {} : { "write-on-tags": flag }),
    ...(typeof scratch === "string" ? { scratch } : {}),
  };
}

/** The values of every `preview` in the file: its own, and those of defaults, variants and imports. */
function allPreviews(file: Record<string, unknown>): readonly unknown[] {
  const { defaults, variants, import: imports } = file;
  const places = [file, defaults, ...(isRecord(variants) ? Object.values(variants) : [])];
  return [...places, ...listOf(imports)].flatMap((place) =>
    isRecord(place) ? listOf(place["preview"]) : [],
  );
}

function notAMap({ problems }: YamlFile) {
  return problems.length > 0 ? [] : [{ message: "the file must be a map" }];
}
