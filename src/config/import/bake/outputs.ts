import { isRecord } from "../../yaml/yaml-file.ts";
import { parseAttributes } from "../../../csv.ts";
import { notCarried } from "../notes.ts";

/** Outputs that are images, as a leg is one. */
const images = new Set(["image", "registry", "docker", "oci"]);

/** Attributes that say where an image goes, or how it is called: that is the config's. */
const places = new Set([
  ...["type", "name", "dest", "push", "push-by-digest", "registry.insecure", "store", "unpack"],
  ...["name-canonical", "dangling-name-prefix", "danging-name-empty-only", "tar", "context"],
]);

/**
 * What is lost of outputs, a sentence each: that a target is no image at all, and attributes that
 * change the image (buildkit, exporter/containerimage/exptypes/keys.go).
 */
export function lostOutputs(outputs: readonly unknown[]): readonly string[] {
  const all = outputs.map(attributesOf);
  const types = all.map(({ type = "local" }) => type);
  if (types.length > 0 && !types.some((type) => images.has(type))) {
    const spelt = types.map((type) => `type=${type}`).join(" and ");
    const hint = "it is built as an image; if it is none, list the targets without it";
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

/** buildx prints outputs as maps since 0.20, as texts before. */
function attributesOf(output: unknown): Readonly<Record<string, string>> {
  if (isRecord(output)) {
    const pairs = Object.entries(output).map(([key, value]) => [key, String(value)] as const);
    return Object.fromEntries(pairs);
  }
  if (typeof output !== "string" || !output.includes("=")) return { type: "local" };
  return Object.fromEntries(parseAttributes(output));
}
