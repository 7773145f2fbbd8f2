import { UsageError } from "../../../errors.ts";
import type { RawVariant } from "../../schema/variant-schema.ts";
import { isRecord } from "../../yaml/yaml-file.ts";
import { readBuild } from "./build/build.ts";
import { finishBuild } from "./build/finish-build.ts";
import type { Layer } from "./files/layers.ts";
import { type ComposeBuild, mergeBuilds } from "./build/merge-builds.ts";

/** A service's value of a key: the last layer's that has it. */
export function lastOf(layers: readonly Layer[], key: string): unknown {
  return layers.map((layer) => valueOf(layer, key)).findLast((value) => value !== undefined);
}

/** Whether some layer of a service names the key, be it without a value. */
export function hasKey(layers: readonly Layer[], key: string): boolean {
  return layers.some(({ service }) => isRecord(service) && service[key] !== undefined);
}

/** Whether some layer of a service has a `build`. */
export function hasBuild(layers: readonly Layer[]): boolean {
  return lastOf(layers, "build") !== undefined;
}

/** A service's layers as one variant's keys; undefined, having reported why, if it has none. */
export function readService(layers: readonly Layer[]): RawVariant | undefined {
  const own = layers.at(-1);
  if (own === undefined) return undefined;
  const { reader, path } = own;
  if (!isRecord(own.service)) {
    reader.problem(path, "a service must be a map");
    return undefined;
  }
  const built = layers.filter((layer) => valueOf(layer, "build") !== undefined);
  const builds = built.flatMap((layer) => tryBuild(layer) ?? []);
  const [first, ...others] = builds;
  if (first === undefined) {
    if (built.length === 0) reader.problem(path, "this service has no build");
    return undefined;
  }
  const build = others.reduce(mergeBuilds, first);
  if (build.dockerfile !== undefined && build["dockerfile-inline"] !== undefined) {
    const message = "dockerfile and dockerfile_inline are both set";
    reader.problem([...path, "build", "dockerfile_inline"], message, "keep one of them");
    return undefined;
  }
  // Defaults are set in the file of the project that first builds it (compose-go, loader/extends.go).
  const home = built.find(({ extended }) => !extended) ?? own;
  return finishBuild(build, home.reader.folder, platformOf(layers));
}

function valueOf({ service }: Layer, key: string): unknown {
  return isRecord(service) ? (service[key] ?? undefined) : undefined;
}

function tryBuild({ reader, path, service }: Layer): ComposeBuild | undefined {
  const at = [...path, "build"];
  try {
    return readBuild(isRecord(service) ? service["build"] : undefined, at, reader);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reader.problem(at, error.message, error.hint);
    return undefined;
  }
}

function platformOf(layers: readonly Layer[]): string | undefined {
  const layer = layers.findLast((one) => typeof valueOf(one, "platform") === "string");
  const platform = layer && valueOf(layer, "platform");
  if (layer === undefined || typeof platform !== "string") return undefined;
  return layer.reader.interpolated(platform, [...layer.path, "platform"]);
}
