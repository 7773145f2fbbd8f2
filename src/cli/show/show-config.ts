import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { findConfig } from "../../config/load/find.ts";
import { draftConfig } from "../../config/load/load.ts";
import { throwProblems } from "../../config/parse.ts";
import { originOf } from "../../config/show/origins.ts";
import { shownConfig, type Shown } from "../../config/show/shown-config.ts";
import { formatPath } from "../../config/schema/report.ts";
import { readYaml } from "../../config/yaml/read-yaml.ts";
import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { renderConfig } from "../../report/config/config-report.ts";
import { fastPaths } from "../fast-paths.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { bakePrinter } from "../run/session.ts";
import { variablesOf } from "../variables.ts";
import { show } from "./show-result.ts";

interface ShowOptions extends GlobalOptions, ConfigOptions {
  readonly origins?: boolean;
}

/** Prints the config after defaults, matrices and imports. */
export async function showConfig(
  variants: readonly string[],
  options: ShowOptions,
  io: Io,
): Promise<number> {
  const { config: named, origins } = options;
  const { plainYaml } = fastPaths(io.env);
  const file = named === undefined ? await findConfig(io.cwd) : resolve(io.cwd, named);
  const vars = variablesOf(io.env, options);
  const { config, placed, report } = await draftConfig({
    ...{ file, vars, printBake: bakePrinter(io), plainYaml },
  });
  throwProblems(report.problems());
  const names = config.variants.map(({ name }) => name);
  const unknown = variants.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((name) => ({
        message: `the config has no variant "${name}"`,
        hint: suggest(name, names),
      })),
    );
  }
  const shown = shownConfig(config, variants);
  const yaml = await readYaml(await readFile(file, "utf8"), plainYaml);
  const variableFrom = (name: string): string | undefined => {
    if (Object.hasOwn(options.var, name)) return "--var";
    return Object.hasOwn(vars, name) ? `LAYERKEEP_VAR_${name}` : undefined;
  };
  const find = (path: readonly (string | number)[]): string =>
    originOf(path, { file, yaml, placed, variableFrom });
  const result =
    origins === true
      ? { ...shown, origins: Object.fromEntries(originsIn(shown, [], find)) }
      : shown;
  show(io, options, result, () => renderConfig(shown, origins === true ? find : undefined));
  return 0;
}

function originsIn(
  value: Shown | undefined,
  path: readonly (string | number)[],
  find: (path: readonly (string | number)[]) => string,
): readonly (readonly [string, string])[] {
  if (value === undefined) return [];
  if (typeof value === "string" || typeof value === "boolean")
    return [[formatPath(path), find(path)]];
  const entries: readonly (readonly [string | number, Shown | undefined])[] = isList(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return entries.flatMap(([key, item]) => originsIn(item, [...path, key], find));
}

function isList(value: Exclude<Shown, string | boolean>): value is readonly Shown[] {
  return Array.isArray(value);
}
