import { isRecord } from "../../yaml/yaml-file.ts";
import { parseAttributes } from "../../../csv.ts";
import { notCarried } from "../notes.ts";

/** Outputs that are images, as a leg is. */
const images = new Set(["image", "registry", "docker", "oci"]);

/** Attributes for an image's destination or name, which the config sets. */
const places = new Set([
  ...["type", "name", "dest", "push", "push-by-digest", "registry.insecure", "store", "unpack"],
  ...["name-canonical", "dangling-name-prefix", "danging-name-empty-only", "tar", "context"],
]);

/**
 * What is lost from outputs, a sentence each: that a target is not an image, and attributes that
 * change the image (buildkit, exporter/containerimage/exptypes/keys.go).
 */
export function lostOutputs(outputs: readonly unknown[]): readonly string[] {
  const all = outputs.map(attributesOf);
  const types = all.map(({ type = "local" }) => type);
  if (types.length > 0 && !types.some((type) => images.has(type))) {
    const spelt = types.map((type) => `type=${type}`).join(" and ");
    const hint = "the target is built as an image; to skip it, remove it from targets";
    return [notCarried(`output ${spelt}`, hint)];
  }
  const attributes = all
    .filter(({ type = "local" }) => images.has(type))
    .flatMap((output) => Object.entries(output))
    .filter(([key, value]) => !places.has(key) && `${key}=${value}` !== "oci-mediatypes=true");
  return [...new Set(attributes.map(([key, value]) => `${key}=${value}`))].map((attribute) =>
    notCarried(`output ${attribute}`),
  );
}

/** buildx prints outputs as maps since 0.20, and as strings before. */
function attributesOf(output: unknown): Readonly<Record<string, string>> {
  if (isRecord(output)) {
    const pairs = Object.entries(output).map(([key, value]) => [key, String(value)] as const);
    return Object.fromEntries(pairs);
  }
  if (typeof output !== "string" || !output.includes("=")) return { type: "local" };
  return Object.fromEntries(parseAttributes(output));
}
