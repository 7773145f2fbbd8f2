import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../version.ts";

/**
 * A new config's text with a first line that tells editors where its JSON Schema is. Every command
 * that writes a config to `file`, or prints one, uses this.
 */
export function withSchemaLine(text: string, file: string): string {
  return `# yaml-language-server: $schema=${schemaFor(dirname(file))}\n${text}`;
}

/** The schema of the package that is installed in the folder, or the one of this version. */
function schemaFor(folder: string): string {
  const installed = join("node_modules", "layerkeep", "schema", "layerkeep.schema.json");
  return existsSync(join(folder, installed))
    ? installed.replaceAll("\\", "/")
    : `https://raw.githubusercontent.com/layerkeep/layerkeep/v${version}/schema/layerkeep.schema.json`;
}
