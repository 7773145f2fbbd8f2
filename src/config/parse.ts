import { dirname, resolve } from "node:path";
import { type Problem, UsageError } from "../errors.ts";
import { normaliseCache } from "./cache/cache.ts";
import { normaliseCi } from "./ci/ci.ts";
import { normaliseDirs } from "./dirs/parse-dirs.ts";
import { checkCollisions } from "./variants/collisions.ts";
import type { Config } from "./config.ts";
import { nearest, suggest } from "../nearest.ts";
import { checkPreviews } from "./publish/check-previews.ts";
import { parseTargets } from "./publish/publish.ts";
import { normaliseCredentials } from "./credentials.ts";
import type { Imported } from "./import/entry.ts";
import type { JobConfig } from "./jobs/job-config.ts";
import { createReport, type Report } from "./schema/report.ts";
import { sectionSchemas } from "./schema/schema.ts";
import {
  normaliseBranches,
  normaliseBuilders,
  normaliseRunners,
  normaliseInsecure,
  normalisePins,
  normaliseRefresh,
} from "./schema/sections.ts";
import { checkShape } from "./schema/shape.ts";
import { substituteVariables, type Variables } from "./variables.ts";
import { type PlacedVariant } from "./variants/placed-variant.ts";
import { checkParents } from "./variants/parents.ts";
import { normaliseVariants } from "./variants/variants.ts";
import { isRecord, type Path, type YamlFile } from "./yaml/yaml-file.ts";

/** A config with its variables replaced, before its imports are read. */
export interface OpenedConfig {
  readonly file: string;
  readonly root: Record<string, unknown>;
  /** Whether it was YAML at all. */
  readonly readable: boolean;
  readonly variables: Variables;
  readonly report: Report;
}

/** The readable part of a config, and the report on the rest. */
export interface Draft {
  readonly config: Config;
  readonly placed: readonly PlacedVariant[];
  readonly report: Report;
}

/** Reads as much of a file as possible; problems are in the report. */
export function openConfig(
  yaml: YamlFile,
  file: string,
  vars: Readonly<Record<string, string>>,
): OpenedConfig {
  const report = createReport(file, yaml);
  const root = rootOf(yaml.value, yaml.problems.length === 0, report);
  const variables = replaceVariables(root, yaml.value === undefined ? {} : vars, report);
  checkKeys(root, report);
  return { file, root, readable: yaml.value !== undefined, variables, report };
}

/** The config, with its imported entries and its jobs; problems are in the report. */
export function closeConfig(
  { file, root, readable, variables, report }: OpenedConfig,
  { entries, warnings }: Imported,
  jobs: readonly JobConfig[] = [],
): Draft {
  const section = <K extends keyof typeof sectionSchemas>(name: K) =>
    root[name] === undefined || root[name] === null
      ? undefined
      : checkShape(sectionSchemas[name], root[name], [name], report, ["type"]);
  section("vars");
  const cache = normaliseCache(section("cache"), report);
  const targets = parseTargets(root, [], report);
  const refresh = normaliseRefresh(section("refresh"), report);
  const runners = normaliseRunners(section("runners"), report);
  const importing = (root["import"] ?? null) === null ? undefined : entries;
  const placed = readable
    ? normaliseVariants(
        {
          ...{ variants: root["variants"], defaults: root["defaults"] },
          ...{ imported: importing, targets },
          settings: { runners, refreshArg: refresh?.arg, cacheType: cache.type },
        },
        report,
      )
    : [];
  checkCollisions({ variants: placed, cache });
  checkPreviews(placed, cache);
  checkParents(placed);
  const holdPins = normalisePins(section("pins"), refresh !== undefined, report);
  const { retention } = cache;
  const setting = { refresh, holdPins, retention, variables: [...variables.keys()] };
  const absolute = resolve(file);
  const config: Config = {
    file: absolute,
    root: dirname(absolute),
    branches: normaliseBranches(section("branches"), report),
    cache,
    refresh,
    holdPins,
    builders: normaliseBuilders(section("builders"), report),
    runners,
    logs: section("logs") !== "false",
    insecure: normaliseInsecure(section("insecure"), report),
    credentials: normaliseCredentials(section("credentials"), report),
    ci: normaliseCi(section("ci"), setting, report),
    jobs,
    dirs: normaliseDirs(section("dirs"), report),
    variants: placed.map(({ variant }) => variant),
    warnings,
  };
  return { config, placed, report };
}

/** Throws one usage error if there is any problem. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new UsageError(problems);
}

function rootOf(value: unknown, readable: boolean, report: Report): Record<string, unknown> {
  if (isRecord(value)) return value;
  if (readable && value !== null) {
    report.add([], "the file must be a map with variants");
  }
  return {};
}

const topKeys = [
  ...Object.keys(sectionSchemas),
  "publish",
  "preview",
  "import",
  "variants",
  "jobs",
];

function checkKeys(root: Record<string, unknown>, report: Report): void {
  for (const key of Object.keys(root)) {
    // A key that begins with x- is for anchors, as in a Compose file.
    if (topKeys.includes(key) || key.startsWith("x-")) continue;
    report.add([key], `unknown key "${key}"`, suggest(key, topKeys), "key");
  }
}

function replaceVariables(
  root: Record<string, unknown>,
  given: Readonly<Record<string, string>>,
  report: Report,
): Variables {
  const variables = declared(root["vars"], given, report);
  const visited = new Set<object>();
  // One shared path, so that the many strings without a variable cost nothing.
  const path: (string | number)[] = [];
  for (const key of Object.keys(root)) {
    if (key !== "vars") replaceAt(root, key);
  }
  return variables;

  function replaceAt(parent: object, key: string | number): void {
    const value: unknown = Reflect.get(parent, key);
    path.push(key);
    if (typeof value === "string") {
      if (value.includes("$")) Reflect.set(parent, key, tell(value, variables, path, report));
    } else if (typeof value === "object" && value !== null && !visited.has(value)) {
      visited.add(value);
      if (Array.isArray(value)) for (const index of value.keys()) replaceAt(value, index);
      else for (const name of Object.keys(value)) replaceAt(value, name);
    }
    path.pop();
  }
}

function declared(
  vars: unknown,
  given: Readonly<Record<string, string>>,
  report: Report,
): Variables {
  const variables = new Map<string, string | undefined>();
  for (const [name, value] of isRecord(vars) ? Object.entries(vars) : []) {
    const path = ["vars", name];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      const hint = "use letters, digits and _, not starting with a digit";
      report.add(path, `"${name}" is not a valid variable name`, hint, "key");
    }
    // A value may use the variables above it.
    const own = typeof value === "string" ? tell(value, variables, path, report) : undefined;
    variables.set(name, Object.hasOwn(given, name) ? given[name] : own);
  }
  for (const name of Object.keys(given)) {
    if (variables.has(name)) continue;
    const near = nearest(name, variables.keys());
    report.add(
      [],
      `the variable ${name} is not declared in vars`,
      near === undefined ? `declare it: vars: {${name}: …}` : `did you mean ${near}?`,
    );
  }
  return variables;
}

function tell(text: string, variables: Variables, path: Path, report: Report): string {
  const result = substituteVariables(text, variables);
  for (const { message, hint } of result.problems) report.add(path, message, hint);
  return result.text;
}
