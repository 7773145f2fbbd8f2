import type { ConfigOptions } from "../../cli/io.ts";
import type { Inputs } from "./inputs.ts";
import { type commonInputs, variablesOf } from "./run-command.ts";

/** Which config an action reads, and with which variables, as a command's flags say it. */
export function configOptionsOf(
  inputs: Pick<Inputs<(typeof commonInputs)[number]>, "text" | "lines">,
): ConfigOptions {
  const config = inputs.text("config");
  const vars = variablesOf(inputs.lines("vars"));
  return config === undefined ? { var: vars } : { config, var: vars };
}
