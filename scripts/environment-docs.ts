/** Writes the tables of environment variables of `docs/environment.md`. */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { variablesRead } from "../src/cli/variables-read.ts";

export const environmentDocs = "docs/environment.md";

export function renderEnvironmentDocs(): string {
  const sections = variablesRead.flatMap(({ heading, variables }) => [
    `\n## ${heading}\n`,
    "| variable | what it does |",
    "|---|---|",
    ...variables.map(
      ([names, text]) => `| ${names.map((name) => `\`${name}\``).join(", ")} | ${text} |`,
    ),
  ]);
  return `${[head, ...sections].join("\n")}\n`;
}

const head = `# Environment variables

This page lists all environment variables that Layerkeep reads, except those that the config names under [\`credentials\`](config.md#credentials) and \`secrets\`. Flags take precedence over variables. The manual page has the same list.`;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(environmentDocs, renderEnvironmentDocs());
}
