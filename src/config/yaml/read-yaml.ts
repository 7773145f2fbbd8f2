import { readPlainYaml } from "./plain-yaml.ts";
import { createPlaces } from "./yaml-places.ts";
import { type YamlFile, yamlFile } from "./yaml-file.ts";

/**
 * Reads YAML 1.2 with merge keys. All errors are in `problems`, without a file's name.
 * Without `plain`, the whole reader reads all of it: the same, and slower.
 */
export async function readYaml(text: string, plain = true): Promise<YamlFile> {
  const found = plain ? readPlainYaml(text) : undefined;
  if (found !== undefined) return yamlFile(found.value, [], found.offsets, createPlaces(text));
  const { readWholeYaml } = await import("./whole-yaml.ts");
  return readWholeYaml(text);
}
