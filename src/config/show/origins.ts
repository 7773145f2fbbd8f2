import { basename, posix } from "node:path";
import { formatPlatform } from "../../oci/platform.ts";
import type { Variant } from "../config.ts";
import type { PlacedVariant } from "../variants/placed-variant.ts";
import type { Path, YamlFile } from "../yaml/yaml-file.ts";

/** What origins are found with. */
export interface OriginSources {
  /** The config's path. */
  readonly file: string;
  /** The config as it is written, with its variables not replaced. */
  readonly yaml: YamlFile;
  readonly placed: readonly PlacedVariant[];
  /** Where a variable's value is from: `--var` or `LAYERKEEP_VAR_NAME`; undefined for `vars`. */
  readonly variableFrom: (name: string) => string | undefined;
}

/**
 * Where the value at a path of the shown config comes from: `layerkeep.yml:12`, `defaults,
 * layerkeep.yml:3`, `import, matrix.yml:30` or `default`; and the variables in it.
 */
export function originOf(path: Path, sources: OriginSources): string {
  const [section, name, ...rest] = path;
  if (section !== "variants" || typeof name !== "string") {
    return written([], path, sources) ?? "default";
  }
  const placed = sources.placed.find(({ variant }) => variant.name === name);
  if (placed === undefined) return "default";
  const own = written(placed.path, rest, sources);
  if (own !== undefined) return own;
  const inherited = written(["defaults"], rest, sources);
  if (inherited !== undefined) return `defaults, ${inherited}`;
  const isTarget = rest[0] === "publish" || rest[0] === "preview";
  const whole = isTarget ? written([], rest, sources) : undefined;
  if (whole !== undefined) return whole;
  const bases: readonly Path[] = [placed.path, ["defaults"], []];
  // The target is written, and says nothing about this.
  if (isTarget && bases.some((base) => sources.yaml.has([...base, rest[0] ?? ""])))
    return "default";
  if (isUsual(placed.variant, rest)) return "default";
  const place = /^at (.*)$/.exec(placed.report.where(placed.path))?.[1];
  return placed.path[0] === "import" && place !== undefined ? `import, ${place}` : "default";
}

/** Whether a variant has what one has that says nothing. */
function isUsual(variant: Variant, [key]: Path): boolean {
  const { name, context, dockerfile, platforms } = variant;
  switch (key) {
    case "context":
      return context === ".";
    case "dockerfile":
      return dockerfile === posix.join(context, "Dockerfile");
    case "platforms":
      return platforms.map(formatPlatform).join() === "linux/amd64";
    case "suffix":
      return variant.suffix === (name === "core" ? "" : `-${name}`);
    case "sbom":
      return variant.sbom === false;
    default:
      return key === "provenance" && variant.provenance === "auto";
  }
}

/** The place of a path below another one, or of the text or list that stands for it. */
function written(base: Path, path: Path, sources: OriginSources): string | undefined {
  for (const form of formsOf(path)) {
    for (let length = form.length; length > 0; length--) {
      const at = [...base, ...form.slice(0, length)];
      const value = valueAt(sources.yaml.value, at);
      if (!sources.yaml.has(at) || value === null) continue;
      if (!standsFor(value, form.slice(length))) break;
      return placeOf(at, value, sources);
    }
  }
  return undefined;
}

/** Other forms in which the file may have it: one target without a list, options of both sides. */
function formsOf(path: Path): readonly Path[] {
  const [key, index, ...rest] = path;
  if ((key === "publish" || key === "preview") && index === 0) return [path, [key, ...rest]];
  const isOption = key === "cache" && (index === "export" || index === "import");
  return isOption ? [path, [key, ...rest]] : [path];
}

/** A text is a repository alone, or the only item of a list. */
function standsFor(value: unknown, rest: Path): boolean {
  if (rest.length === 0) return true;
  if (typeof value !== "string") return false;
  return rest.every((step) => typeof step === "number" || step === "repository");
}

function placeOf(at: Path, value: unknown, sources: OriginSources): string {
  const { yaml, file } = sources;
  const line = yaml.place(at, "value")?.line;
  return `${basename(file)}${line === undefined ? "" : `:${line}`}${variablesIn(value, sources)}`;
}

function variablesIn(value: unknown, { yaml, file, variableFrom }: OriginSources): string {
  if (typeof value !== "string") return "";
  const names = [...value.matchAll(/(?<!\$)\$\{([A-Za-z_]\w*)/g)].map(([, name = ""]) => name);
  const from = [...new Set(names)].map((name) => {
    const line = yaml.place(["vars", name], "value")?.line ?? 1;
    return `\${${name}} from ${variableFrom(name) ?? `${basename(file)}:${line}`}`;
  });
  return from.length === 0 ? "" : ` (${from.join(", ")})`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined,
    root,
  );
}
