import type { CacheForm } from "../../cache/content.ts";
import { parseAttributes } from "../../csv.ts";
import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { isFullReference, parseReference, type Reference } from "../../oci/reference.ts";

/** A place to write a cache to: a registry, a folder, or a scope of GitHub's service. */
export type CacheTarget =
  | { readonly ref: Reference; readonly form: CacheForm }
  | { readonly dest: string; readonly tag: string | undefined }
  | { readonly scope: string | undefined };

/** The attributes of each type. */
const known: Readonly<Record<string, readonly string[]>> = {
  registry: ["ref", "image-manifest"],
  local: ["dest", "tag"],
  gha: ["scope"],
  inline: ["ref"],
};
/** The attribute without which the place is not known. */
const needed: Readonly<Record<string, string>> = { registry: "ref", local: "dest", inline: "ref" };

/** Reads a place in the words of buildx's `--cache-to`. Throws a usage error for anything else. */
export function parseCacheTarget(text: string): CacheTarget {
  const given = parseAttributes(text);
  const alone = given.size === 1 ? given.get("") : undefined;
  const type = alone === undefined ? (given.get("type") ?? "") : "registry";
  const attributes = known[type];
  if (attributes === undefined) {
    throw new UsageError(`cannot write a cache to ${text}`, {
      hint: "use type=registry,ref=…, type=local,dest=…, type=gha,scope=… or (inside an image) type=inline,ref=…",
    });
  }
  for (const name of given.keys()) {
    if (alone !== undefined || name === "type" || attributes.includes(name)) continue;
    throw new UsageError(`unknown attribute "${name}" for a cache target of type=${type}`, {
      hint: suggest(name, attributes),
    });
  }
  const place = needed[type];
  const value = (name: string): string | undefined => {
    const found = name === "ref" ? (alone ?? given.get(name)) : given.get(name);
    return found === "" ? undefined : found;
  };
  if (place !== undefined && value(place) === undefined) {
    throw new UsageError(`cannot write a cache to ${text}: add ${place}=…`);
  }
  if (type === "gha") return { scope: value("scope") };
  if (type === "local") return { dest: value("dest") ?? "", tag: value("tag") };
  if (alone !== undefined && !isFullReference(alone)) {
    throw new UsageError(`cannot write a cache to ${alone}: it is not a full reference`, {
      hint: "begin it with its registry, such as ghcr.io or docker.io; `layerkeep cache warm` writes the cache of a leg",
    });
  }
  const ref = parseReference(value("ref") ?? "");
  if (type === "inline") return { ref, form: "inline" };
  const imageManifest = given.get("image-manifest") ?? "true";
  if (!["true", "false"].includes(imageManifest)) {
    throw new UsageError(`image-manifest must be true or false, not "${imageManifest}"`);
  }
  return { ref, form: imageManifest === "false" ? "index" : "image-manifest" };
}
