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

const names = [...plannedInputs, ...commonInputs, "variants", "dry-run", "allow-untagged"] as const;

/** `layerkeep publish`, with the images as an output. */
export const publishAction: Action<(typeof names)[number]> = {
  inputs: names,
  act: (inputs, io) =>
    withResult(
      io,
      (file) =>
        runCommand(
          [
            "publish",
            ...namesOf(inputs, "variants"),
            ...flagsOf(inputs, ["plan", "plan-digest", "config"]),
            ...variableFlags(inputs.lines("vars")),
            ...(inputs.boolean("dry-run") ? ["--dry-run"] : []),
            ...(inputs.boolean("allow-untagged") ? ["--allow-untagged"] : []),
            `--metadata-file=${file}`,
          ],
          io,
        ),
      (result) => setOutput("images", JSON.stringify(publishedIn(JSON.parse(result)))),
    ),
};

function publishedIn(result: unknown): unknown {
  return typeof result === "object" && result !== null && "published" in result
    ? result.published
    : [];
}
