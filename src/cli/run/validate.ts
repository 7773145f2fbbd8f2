import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { findConfig } from "../../config/load/find.ts";
import { draftConfig } from "../../config/load/load.ts";
import { UsageError } from "../../errors.ts";
import { validateConfig } from "../../pipeline/validate/validate-config.ts";
import {
  renderValidation,
  validationAnnotations,
  validationJson,
  type ValidationView,
} from "../../report/config/validation-report.ts";
import { annotate } from "../annotate.ts";
import { fastPaths } from "../fast-paths.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { thisMachine } from "./this-machine.ts";
import { variablesOf } from "../variables.ts";
import { bakePrinter } from "./session.ts";

interface ValidateOptions extends GlobalOptions, ConfigOptions {
  readonly strict?: boolean;
}

/** Checks a config, and prints what is wrong. Gives the exit code: 1 if something is. */
export async function runValidate(
  given: string | undefined,
  options: ValidateOptions,
  io: Io,
): Promise<number> {
  if (given !== undefined && options.config !== undefined) {
    throw new UsageError(`the config is specified twice: ${given} and --config ${options.config}`);
  }
  const named = given ?? options.config;
  const file = named === undefined ? await findConfig(io.cwd) : resolve(io.cwd, named);
  const draft = await draftConfig({
    ...{ file, vars: variablesOf(io.env, options), printBake: bakePrinter(io) },
    plainYaml: fastPaths(io.env).plainYaml,
  });
  const validation = await validateConfig(draft, thisMachine());
  const view: ValidationView = { file, cwd: io.cwd, textOf: textReader() };
  show(io, options, validationJson(validation, view), () => renderValidation(validation, view));
  for (const { level, text, place } of validationAnnotations(validation, view)) {
    annotate(level, text, io, place);
  }
  const failing = validation.diagnostics.filter(
    ({ severity }) => severity === "error" || options.strict === true,
  );
  return failing.length > 0 ? 1 : 0;
}

/** Reads each file once. */
function textReader(): (file: string) => string | undefined {
  const texts = new Map<string, string | undefined>();
  return (file) => {
    if (!texts.has(file)) texts.set(file, read(file));
    return texts.get(file);
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
