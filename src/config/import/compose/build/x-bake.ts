import { suggest } from "../../../../nearest.ts";
import { formatCsvField, parseAttributes } from "../../../../csv.ts";
import { pathFrom } from "../../../config-path.ts";
import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import { lostOutputs } from "../../bake/outputs.ts";
import { notCarried } from "../../notes.ts";
import type { ComposeReader } from "../files/reader.ts";

/** What `x-bake` adds to a build, in the words of a variant. */
export interface XBake {
  readonly platforms: readonly string[];
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  readonly contexts: readonly (readonly [string, string])[];
}

/** A build without `x-bake`. */
export const emptyXBake: XBake = { platforms: [], secrets: [], ssh: [], contexts: [] };

/** The keys of buildx's `xbake` (bake/compose.go). */
const carried = ["contexts", "platforms", "secret", "ssh"];
/** Keys about an image's destination or its caches, which the config sets. */
const ofTheConfig = ["tags", "cache-from", "cache-to", "pull"];
const handled = ["no-cache", "no-cache-filter", "output"];

/**
 * bake's extension of a Compose build; `path` is its place. Keys that a variant cannot express
 * cause a warning or an error. Paths are relative to the Compose file's folder, as all others are.
 */
export function readXBake(value: unknown, path: Path, reader: ComposeReader): XBake {
  const { folder } = reader;
  if (value === undefined || value === null) return emptyXBake;
  if (!isRecord(value)) {
    reader.problem(path, "x-bake must be a map");
    return emptyXBake;
  }
  checkKeys(value, path, reader);
  const list = (key: string): string[] => textsOf(value[key], [...path, key], reader);
  return {
    platforms: list("platforms"),
    secrets: list("secret").map((secret) => secretFrom(folder, secret)),
    ssh: list("ssh").map((agent) => sshFrom(folder, agent)),
    contexts: contextsOf(value["contexts"], [...path, "contexts"], reader),
  };
}

function checkKeys(value: Readonly<Record<string, unknown>>, path: Path, reader: ComposeReader) {
  for (const key of Object.keys(value)) {
    if ([...carried, ...ofTheConfig, ...handled].includes(key)) continue;
    const hint = suggest(key, [...carried, ...ofTheConfig, ...handled]);
    reader.problem([...path, key], `unknown key "${key}" in x-bake`, hint);
  }
  if (value["no-cache"] === "true") noteNoCache([...path, "no-cache"], reader);
  if (value["no-cache-filter"] !== undefined) {
    refuseNoCacheFilter([...path, "no-cache-filter"], reader);
  }
  const outputs = textsOf(value["output"], [...path, "output"], reader);
  for (const text of lostOutputs(outputs)) reader.note([...path, "output"], text);
}

/** Like bake's `no-cache`, whose counterpart here is `--cold`. */
export function noteNoCache(path: Path, reader: ComposeReader): void {
  reader.note(path, notCarried(String(path.at(-1)), "use --cold to build without caches"));
}

/** A leg that is built once cannot have stages that are rebuilt each time. */
export function refuseNoCacheFilter(path: Path, reader: ComposeReader): void {
  reader.problem(
    path,
    `${String(path.at(-1))} is not supported, because a leg is built only once for a given set of inputs`,
    "set refresh in the config to rerun steps at regular intervals",
  );
}

/** A list, or a string with spaces between its items. */
function textsOf(value: unknown, path: Path, reader: ComposeReader): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") {
    return reader
      .interpolated(value, path)
      .split(/\s+/)
      .filter((item) => item !== "");
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) reader.problem(path, `${String(path.at(-1))} must be a list`);
  return items.flatMap((item, index) => {
    if (typeof item === "string") return [reader.interpolated(item, [...path, index])];
    reader.problem([...path, index], "this must be a string");
    return [];
  });
}

function secretFrom(folder: string, secret: string): string {
  const fields = [...parseAttributes(secret)].map(([key, value]) => {
    const isFile = key === "src" || key === "source";
    return formatCsvField(`${key}=${isFile ? pathFrom(folder, value) : value}`);
  });
  return fields.join(",");
}

function sshFrom(folder: string, agent: string): string {
  const [id = "", paths] = agent.split(/=(.*)/s);
  if (paths === undefined) return id;
  return `${id}=${paths
    .split(",")
    .map((path) => pathFrom(folder, path))
    .join(",")}`;
}

function contextsOf(value: unknown, path: Path, reader: ComposeReader): [string, string][] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) {
    reader.problem(path, "contexts must be a map");
    return [];
  }
  return Object.entries(value).flatMap(([name, item]): [string, string][] => {
    if (typeof item === "string") return [[name, reader.interpolated(item, [...path, name])]];
    reader.problem([...path, name], `${name} must be a string`);
    return [];
  });
}
