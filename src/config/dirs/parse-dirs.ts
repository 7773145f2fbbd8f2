import { posix } from "node:path";
import { UsageError } from "../../errors.ts";
import { keyParts } from "../../key-parts.ts";
import { nearest } from "../../nearest.ts";
import type { RawDir, RawDirs } from "../schema/dirs-schema.ts";
import type { Report } from "../schema/report.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { type DirConfig, type SystemPaths, systems } from "./dir-config.ts";
import { type Preset, presets } from "./presets.ts";

/** Checks `dirs`; problems go to the report. */
export function normaliseDirs(raw: RawDirs | undefined, report: Report): readonly DirConfig[] {
  const dirs = Object.entries(raw ?? {}).flatMap(([name, dir]) => {
    const parsed = parseDir(name, dir ?? {}, report);
    return parsed === undefined ? [] : [parsed];
  });
  for (const [at, { name, key }] of dirs.entries()) {
    const first = dirs.findIndex((dir) => dir.key === key);
    const other = dirs[first]?.name;
    if (first >= at || other === undefined) continue;
    report.add(
      ["dirs", name],
      `dirs.${name} and dirs.${other} have the same key: each would replace the other's cache`,
      `begin the key with another word, such as ${name}-`,
    );
  }
  return dirs;
}

function parseDir(name: string, raw: RawDir, report: Report): DirConfig | undefined {
  const at = ["dirs", name];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    const hint = "use letters, digits and . _ -, and begin with a letter or a digit";
    report.add(at, `"${name}" is not a valid name of a directory cache`, hint, "key");
    return undefined;
  }
  const word = raw.preset ?? name;
  const preset = Object.hasOwn(presets, word) ? presets[word] : undefined;
  if (raw.preset !== undefined && preset === undefined) {
    report.add([...at, "preset"], `there is no preset "${word}"`, suggestPreset(word));
    return undefined;
  }
  const own = `${name}-{os}-{arch}-`;
  const key = raw.key ?? (preset === undefined ? undefined : `${own}${preset.changes}`);
  const or = raw.or ?? (raw.key === undefined && preset !== undefined ? [own] : []);
  const paths = pathsOf(raw.paths, preset, [...at, "paths"], report);
  if (key === undefined || paths === undefined) {
    const missing = [key === undefined ? "key" : "", paths === undefined ? "paths" : ""];
    const hint = missingHint(name);
    const what = missing.filter((one) => one !== "").join(" and ");
    report.add(at, `dirs.${name} has no ${what}, and no preset`, hint, "key");
    return undefined;
  }
  report.try([...at, "key"], () => checkTemplate(key));
  or.forEach((text, index) => report.try([...at, "or", index], () => checkTemplate(text)));
  const known = preset === undefined ? undefined : word;
  return { name, preset: known, key, or, paths, usual: raw.paths === undefined };
}

function suggestPreset(word: string): string {
  const names = Object.keys(presets);
  const near = nearest(word, names);
  return near === undefined ? `the presets are ${names.join(", ")}` : `did you mean "${near}"?`;
}

function missingHint(name: string): string {
  const near = nearest(name, Object.keys(presets));
  return near === undefined
    ? "add key and paths, or a preset such as preset: npm"
    : `did you mean "${near}", or preset: ${near}?`;
}

/** Undefined: there are none. */
function pathsOf(
  raw: RawDir["paths"],
  preset: Preset | undefined,
  at: Path,
  report: Report,
): SystemPaths | undefined {
  if (raw === undefined) return preset?.paths;
  const parse = (given: string | readonly string[] | undefined, where: Path): readonly string[] => {
    const texts = typeof given === "string" ? [given] : (given ?? []);
    const paths = texts.map(
      (text, index) => report.try([...where, index], () => parseDirPath(text)) ?? text,
    );
    const twice = paths.find((path, index) => paths.indexOf(path) !== index);
    if (twice !== undefined) report.add(where, `the path ${twice} is listed twice`);
    return paths;
  };
  if (typeof raw === "string" || isList(raw)) {
    const paths = parse(raw, at);
    if (paths.length === 0) report.add(at, "the list of paths is empty");
    return { linux: paths, macos: paths, windows: paths };
  }
  if (systems.every((system) => raw[system] === undefined)) {
    report.add(at, "no system has paths", "add linux:, macos: or windows:");
  }
  return {
    linux: parse(raw.linux, [...at, "linux"]),
    macos: parse(raw.macos, [...at, "macos"]),
    windows: parse(raw.windows, [...at, "windows"]),
  };
}

/** In its shortest form. Throws a usage error for what cannot be a folder to restore. */
function parseDirPath(text: string): string {
  if (text === "") throw new UsageError("the path is empty");
  if (text.includes("\0")) throw new UsageError("the path contains a NUL character");
  if (text.includes("\\")) {
    const hint = `write ${text.replaceAll("\\", "/")}`;
    throw new UsageError(`the path "${text}" contains a backslash`, { hint });
  }
  if (text.startsWith("~")) return parseHomePath(text);
  const path = shortest(text);
  if (path !== "." && path !== "/") return path;
  throw new UsageError(`the path "${text}" cannot be restored: a restore replaces the folder`, {
    hint: "name a folder in it",
  });
}

function parseHomePath(text: string): string {
  const below = shortest(text.slice("~/".length));
  if (text.startsWith("~/") && below !== "." && !/^\.\.(?:\/|$)/.test(below)) return `~/${below}`;
  throw new UsageError(`the path "${text}" is not below the home folder`, {
    hint: "write ~/ and a folder, such as ~/.npm",
  });
}

function shortest(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

function checkTemplate(text: string): void {
  if (text === "") throw new UsageError("the key is empty");
  keyParts(text);
}

function isList(value: NonNullable<RawDir["paths"]>): value is string[] {
  return Array.isArray(value);
}
