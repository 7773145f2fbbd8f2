import { setOutput } from "@actions/core";
import type { Action } from "./process/run-action.ts";
import {
  commonInputs,
  flagsOf,
  namesOf,
  plannedInputs,
  runCommand,
  variableFlags,
} from "./process/run-command.ts";
import { withResult } from "./process/workspace.ts";

const names = [...plannedInputs, ...commonInputs, "legs", "builder", "jobs"] as const;

/** `layerkeep build`, with its result as an output. */
export const buildAction: Action<(typeof names)[number]> = {
  inputs: names,
  act: (inputs, io) =>
    withResult(
      io,
      (file) =>
        runCommand(
          [
            "build",
            ...namesOf(inputs, "legs"),
            ...flagsOf(inputs, ["plan", "plan-digest", "config", "builder", "jobs"]),
            ...variableFlags(inputs.lines("vars")),
            `--metadata-file=${file}`,
          ],
          io,
        ),
      (result) => setOutput("result", JSON.stringify(JSON.parse(result))),
    ),
};
