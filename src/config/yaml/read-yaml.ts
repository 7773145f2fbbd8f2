import { readPlainYaml } from "./plain-yaml.ts";
import { createPlaces } from "./yaml-places.ts";
import { type YamlFile, yamlFile } from "./yaml-file.ts";

/** Reads YAML 1.2 with merge keys. All errors are in `problems`, without a file's name. */
export async function readYaml(text: string): Promise<YamlFile> {
  const plain = readPlainYaml(text);
  if (plain !== undefined) return yamlFile(plain.value, [], plain.offsets, createPlaces(text));
  const { readWholeYaml } = await import("./whole-yaml.ts");
  return readWholeYaml(text);
}
