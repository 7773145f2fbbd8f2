import { defineCommand } from "../program/define-command.ts";
import { argument, byDefault, choice, flag, repeated, text } from "../program/flags.ts";

export const lint = defineCommand({
  name: "lint",
  summary: "find faults in workflows that build images, and fix them",
  arguments: [
    argument(
      "[paths...]",
      "files and folders, or - for standard input (default: the workflows of this repository)",
    ),
  ],
  flags: [
    choice("--format <format>", "how to print the result (default: text)", [
      "text",
      "json",
      "sarif",
      "github",
    ]),
    flag("--fix", "apply fixes that change nothing but the fault"),
    flag("--unsafe-fixes", "with --fix, also apply fixes that change more than the fault"),
    repeated("--rule <id>", "check only this rule"),
    repeated("--ignore <id>", "do not check this rule"),
    byDefault(
      "note",
      choice("--min-severity <severity>", "report nothing less severe", [
        "note",
        "warning",
        "error",
      ]),
    ),
    byDefault(
      "low",
      choice("--min-confidence <confidence>", "report nothing less certain", [
        "low",
        "medium",
        "high",
      ]),
    ),
    flag("--strict", "exit with code 1 also if something could not be checked"),
    flag("--list-rules", "print all rules"),
    text("--explain <id>", "print the page of a rule"),
  ],
  help: `
Reads workflows of GitHub Actions and pipelines of GitLab, whether Layerkeep made them or not, with
the composite actions and reusable workflows of the repository. Exits with code 1 if there is a
finding, and with code 2 if a file cannot be read. A comment silences a rule on its line, or on the
next line if nothing else is on its own:
  # layerkeep: ignore[shared-cache] both jobs build the same image
In GitHub Actions, findings are also shown beside their lines.
`,
  example: "layerkeep lint --fix .github/workflows/images.yml",
  run: async ({ args: [paths], options, io }) => {
    const { runLint } = await import("../lint/run-lint.ts");
    return runLint(paths, options, io);
  },
});
