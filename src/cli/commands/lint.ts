import { defineCommand } from "../program/define-command.ts";
import { argument, byDefault, choice, flag, repeated, text } from "../program/flags.ts";

export const lint = defineCommand({
  name: "lint",
  summary: "find and fix problems in workflows that build images",
  arguments: [
    argument(
      "[paths...]",
      "files and folders, or - for standard input (default: the workflows of this repository)",
    ),
  ],
  flags: [
    choice("--format <format>", "the output format (default: text)", [
      "text",
      "json",
      "sarif",
      "github",
    ]),
    flag("--fix", "apply fixes that change nothing but the reported problem"),
    flag(
      "--unsafe-fixes",
      "with --fix, also apply fixes that change more than the reported problem",
    ),
    repeated("--rule <rule>", "check only this rule"),
    repeated("--ignore <rule>", "do not check this rule"),
    byDefault(
      "note",
      choice("--min-severity <severity>", "the lowest severity to report", [
        "note",
        "warning",
        "error",
      ]),
    ),
    byDefault(
      "low",
      choice("--min-confidence <confidence>", "the lowest confidence to report", [
        "low",
        "medium",
        "high",
      ]),
    ),
    flag("--strict", "also exit with code 1 if something could not be checked"),
    flag("--list-rules", "list all rules"),
    text("--explain <rule>", "print the documentation of a rule"),
  ],
  help: `
Checks GitHub Actions workflows and GitLab CI pipelines, including those that Layerkeep did not
generate. Also checks the composite actions and reusable workflows that they use in the repository.
Exits with code 1 if there are findings, and with code 2 if a file cannot be read. To silence a
rule, add a comment at the end of the line or on a separate line above it:
  # layerkeep: ignore[shared-cache] both jobs build the same image
In GitHub Actions, findings are also shown as annotations.
`,
  example: "layerkeep lint --fix .github/workflows/images.yml",
  run: async ({ args: [paths], options, io }) => {
    const { runLint } = await import("../lint/run-lint.ts");
    return runLint(paths, options, io);
  },
});
