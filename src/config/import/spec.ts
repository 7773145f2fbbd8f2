import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { parseConfigPath } from "../config-path.ts";
import { type OwnTargets, parseTargets } from "../publish/publish.ts";
import type { Report } from "../schema/report.ts";
import { importKeys, importSchema, mappedKeys, type RawImport } from "../schema/import-schema.ts";
import { type RawVariant } from "../schema/variant-schema.ts";
import { checkShape } from "../schema/shape.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { MatrixList } from "./matrix-entries.ts";
import type { ListPath } from "./matrix-lists.ts";

interface SpecBase {
  /** The path of the import in the config. */
  readonly at: Path;
  /** Relative to the config's folder. */
  readonly file: string;
  /** As written; the template of the variants' names. */
  readonly name: string | undefined;
  /** Where its variants are published. */
  readonly published: OwnTargets;
  /** Of its variants; undefined if they inherit it. */
  readonly cache: RawVariant["cache"];
}

/** Lists of entries in a YAML or JSON file, and how its fields map to a variant's keys. */
export interface MatrixImport extends SpecBase, MatrixList {
  readonly kind: "matrix";
  /** The variant's keys, with fields in their strings. */
  readonly mapping: RawVariant;
  readonly runner: string | undefined;
}

export interface BakeImport extends SpecBase {
  readonly kind: "bake";
  /** Targets or groups. */
  readonly targets: readonly string[];
  /** Values of the bake file's variables. */
  readonly vars: Readonly<Record<string, string>>;
  /** Where bake runs and what its paths are relative to; itself relative to the config's folder. */
  readonly folder: string;
}

export interface ComposeImport extends SpecBase {
  readonly kind: "compose";
  /** Undefined: all services with a `build`. */
  readonly services: readonly string[] | undefined;
}

export type ImportSpec = MatrixImport | BakeImport | ComposeImport;

/** The limit on files that one config imports. */
const mostImports = 100;

/** Checks `import`; problems go to the report. */
export function parseImports(value: unknown, report: Report): ImportSpec[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report.add(["import"], "import must be a list", "use import: [{matrix: FILE, …}]");
    return [];
  }
  if (value.length > mostImports) {
    report.add(["import"], `import has ${value.length} entries, but the limit is ${mostImports}`);
    return [];
  }
  return value.flatMap((item, index) => {
    const at: Path = ["import", index];
    const raw = checkShape(importSchema, item, at, report);
    const spec = raw === undefined ? undefined : parseImport(raw, at, report);
    return spec === undefined ? [] : [spec];
  });
}

const kinds = ["matrix", "bake", "compose"] as const;

function parseImport(raw: RawImport, at: Path, report: Report): ImportSpec | undefined {
  const given = kinds.filter((kind) => raw[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const what = given.length === 0 ? "has no file" : `has ${given.join(" and ")}`;
    report.add(at, `this import ${what}`, "set one of matrix, bake or compose", "key");
    return undefined;
  }
  for (const key of Object.keys(raw)) {
    if (importKeys[kind].includes(key)) continue;
    const hint = suggest(key, importKeys[kind]);
    report.add(
      [...at, key],
      `imports of ${kind} files do not support the "${key}" key`,
      hint,
      "key",
    );
  }
  const file = report.try([...at, kind], () => parseImportedFile(raw[kind] ?? ""));
  if (file === undefined) return undefined;
  const published = parseTargets(raw, at, report);
  const base = { at, file, name: raw.name, published, cache: raw.cache };
  if (kind === "matrix") return matrixImport(raw, base, report);
  if (kind === "compose") {
    const services = raw.services;
    if (services?.length === 0) report.add([...at, "services"], "services is empty");
    return { ...base, kind, services };
  }
  return bakeImport(raw, base, report);
}

function matrixImport(raw: RawImport, base: SpecBase, report: Report): MatrixImport | undefined {
  const name = raw.name ?? raw.suffix;
  if (name === undefined) {
    const hint = 'add a name, such as name: "{tag-suffix}"; a leading - is removed';
    report.add(base.at, "this import has no name for its variants", hint, "key");
    return undefined;
  }
  return {
    ...base,
    name,
    kind: "matrix",
    ...matrixListOf(raw, base.at, report),
    mapping: Object.fromEntries(Object.entries(raw).filter(([key]) => mappedKeys.includes(key))),
    runner: raw.runner,
  };
}

/** Which entries the keys `at` and `where` choose; problems go to the report. */
export function matrixListOf(
  raw: Pick<RawImport, "at" | "where">,
  at: Path,
  report: Report,
): Pick<MatrixList, "lists" | "where"> {
  const where = Object.entries(raw.where ?? {}).map(
    ([field, value]) => [field, typeof value === "string" ? [value] : value] as const,
  );
  return {
    lists: listPaths(raw.at, [...at, "at"], report),
    where: Object.fromEntries(where),
  };
}

function listPaths(raw: RawImport["at"], at: Path, report: Report): readonly ListPath[] {
  if (!Array.isArray(raw)) return [{ at, keys: (raw ?? "include").split(".") }];
  if (raw.length === 0) report.add(at, "at is empty");
  return raw.map((text, index) => ({ at: [...at, index], keys: text.split(".") }));
}

function bakeImport(raw: RawImport, base: SpecBase, report: Report): BakeImport {
  const { at } = base;
  const targets = raw.targets ?? ["default"];
  if (targets.length === 0) report.add([...at, "targets"], "targets is empty");
  targets.forEach((target, index) =>
    report.try([...at, "targets", index], () => checkBakeName(target, "target")),
  );
  const vars = raw.vars ?? {};
  for (const name of Object.keys(vars)) {
    report.try([...at, "vars", name], () => checkBakeVariable(name), "key");
  }
  const folder = report.try([...at, "folder"], () => parseConfigPath(raw.folder ?? "."));
  return { ...base, kind: "bake", targets, vars, folder: folder ?? "." };
}

/** A file that is read for its entries. Throws a usage error for an address. */
export function parseImportedFile(text: string): string {
  if (isRemoteContext(text)) {
    throw new UsageError(`"${text}" is not a file in this checkout`, {
      hint: "set it to the path of a local file",
    });
  }
  return parseConfigPath(text);
}

/** bake's own rule for names of targets and groups. */
function checkBakeName(text: string, what: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(text)) return;
  throw new UsageError(`"${text}" is not a valid ${what} name`);
}

/** They are passed as environment variables, some of which are settings of buildx. */
function checkBakeVariable(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UsageError(`"${name}" is not a valid variable name`);
  }
  if (/^(?:PATH|HOME|LD_.*|BUILDX_.*|BUILDKIT_.*|DOCKER_.*|SSH_AUTH_SOCK|GIT_.*)$/.test(name)) {
    throw new UsageError(`${name} is a buildx setting, not a bake file variable`);
  }
}
