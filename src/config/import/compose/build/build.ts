import { pathFrom } from "../../../config-path.ts";
import type { RawVariant } from "../../../schema/variant-schema.ts";
import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import { attestationKeys, parseAttestationFlag } from "../../attest.ts";
import { notCarried } from "../../notes.ts";
import { checkKeys } from "./build-keys.ts";
import type { ComposeReader } from "../files/reader.ts";
import type { ComposeBuild } from "./merge-builds.ts";
import { secretOf } from "./secret.ts";
import { emptyXBake, noteNoCache, readXBake, refuseNoCacheFilter } from "./x-bake.ts";

/** A service's `build`, in either form, as it is in one file (Compose Build Specification). */
export function readBuild(build: unknown, base: Path, reader: ComposeReader): ComposeBuild {
  const { folder } = reader;
  if (typeof build === "string") {
    return { ...emptyBuild, context: pathFrom(folder, reader.interpolated(build, base)) };
  }
  if (!isRecord(build)) {
    reader.problem(base, "a build must be a string or a map");
    return emptyBuild;
  }
  checkKeys(build, base, reader);
  const context = text("context");
  const isolation = text("isolation");
  if (isolation !== undefined && isolation !== "default") {
    reader.problem([...base, "isolation"], "only the default isolation is supported");
  }
  if (build["no_cache"] === "true") noteNoCache([...base, "no_cache"], reader);
  if (build["no_cache_filter"] !== undefined) {
    refuseNoCacheFilter([...base, "no_cache_filter"], reader);
  }
  const bake = readXBake(build["x-bake"], [...base, "x-bake"], reader);
  const privileged = oneOf("privileged", ["true", "false"]);
  return {
    context: context === undefined ? undefined : pathFrom(folder, context),
    dockerfile: text("dockerfile"),
    "dockerfile-inline": text("dockerfile_inline"),
    target: text("target"),
    network: oneOf("network", ["default", "none", "host"]),
    "shm-size": text("shm_size"),
    attested: attested(),
    privileged: privileged === undefined ? undefined : privileged === "true",
    args: args(),
    labels: Object.fromEntries(entries("labels").map(([name, value]) => [name, value ?? ""])),
    contexts: contexts(),
    ulimits: ulimits(),
    platforms: list("platforms"),
    secrets: secrets(),
    ssh: entries("ssh").map(([id, path]) => sshOf(id, path)),
    entitlements: list("entitlements"),
    hosts: hosts(),
    bake,
  };

  function text(key: string): string | undefined {
    const value = build_(key);
    if (value === undefined) return undefined;
    if (typeof value === "string") return reader.interpolated(value, [...base, key]);
    reader.problem([...base, key], `${key} must be a string`);
    return undefined;
  }

  function build_(key: string): unknown {
    return isRecord(build) ? (build[key] ?? undefined) : undefined;
  }

  function list(key: string): string[] {
    const value = build_(key);
    if (value === undefined) return [];
    return textsOf(value, [...base, key], reader);
  }

  /** A map, or a list of `key=value` in which a key alone has no value. */
  function entries(key: string): [string, string | null][] {
    const value = build_(key);
    const path = [...base, key];
    if (!isRecord(value)) {
      return list(key).map((item) => {
        const [name = "", ...rest] = item.split("=");
        return [name, rest.length === 0 ? null : rest.join("=")];
      });
    }
    return Object.entries(value).flatMap(([name, item]): [string, string | null][] => {
      if (item === null) return [[name, null]];
      if (typeof item === "string") return [[name, reader.interpolated(item, [...path, name])]];
      reader.problem([...path, name], `${name} must be a string`);
      return [];
    });
  }

  /**
   * An argument without a value takes it from the environment, which for us means the config's
   * variables. One that they do not declare is left out, as in Compose; a declared one must be given.
   */
  function args(): Record<string, string | null> {
    const path = [...base, "args"];
    const found = entries("args").map(([name, written]): [string, string | null] => {
      const value = written ?? reader.variables.get(name);
      if (value !== undefined) return [name, value];
      if (reader.variables.has(name)) {
        const hint = `pass --var ${name}=…, set LAYERKEEP_VAR_${name}, or set it under vars`;
        reader.problem(path, `${name} has no value`, hint);
      } else {
        const hint =
          "set it under vars in the config: Layerkeep does not read build arguments from the environment";
        reader.note(path, notCarried(`${name}, which has no value`, hint));
      }
      return [name, null];
    });
    return Object.fromEntries(found);
  }

  function contexts(): Record<string, string> {
    const key = "additional_contexts";
    return Object.fromEntries(
      entries(key).flatMap(([name, value]): [string, string][] => {
        if (value === null) {
          const hint = "set a folder, an address such as docker-image://alpine, or service:NAME";
          reader.problem([...base, key, name], `the context ${name} has no value`, hint);
          return [];
        }
        const isLink = /^(?:service|target):/.test(value);
        return [[name, isLink ? value : pathFrom(folder, value)]];
      }),
    );
  }

  function secrets(): string[] {
    const value = build_("secrets");
    if (value === undefined) return [];
    const path = [...base, "secrets"];
    if (!Array.isArray(value)) {
      reader.problem(path, "secrets must be a list");
      return [];
    }
    return value.flatMap((item: unknown, index) => {
      const source = isRecord(item) ? item["source"] : item;
      const target = isRecord(item) ? (item["target"] ?? source) : source;
      if (typeof source !== "string" || typeof target !== "string") {
        reader.problem([...path, index], 'a secret needs the key "source"');
        return [];
      }
      return secretOf(source, target, [...path, index], reader) ?? [];
    });
  }

  function ulimits(): Record<string, string> {
    const value = build_("ulimits");
    if (value === undefined) return {};
    const path = [...base, "ulimits"];
    const limits = isRecord(value) ? Object.entries(value) : [];
    if (!isRecord(value)) reader.problem(path, "ulimits must be a map");
    const read = limits.flatMap(([name, limit]): [string, string][] => {
      if (typeof limit === "string") return [[name, limit]];
      if (isRecord(limit) && typeof limit["soft"] === "string") {
        const hard = typeof limit["hard"] === "string" ? `:${limit["hard"]}` : "";
        return [[name, `${limit["soft"]}${hard}`]];
      }
      reader.problem([...path, name], "a ulimit must be a number, or a map with soft and hard");
      return [];
    });
    return Object.fromEntries(read);
  }

  function hosts(): string[] {
    const value = build_("extra_hosts");
    if (!isRecord(value)) return list("extra_hosts");
    return Object.entries(value).flatMap(([name, addresses]) =>
      textsOf(
        Array.isArray(addresses) ? addresses : [addresses],
        [...base, "extra_hosts", name],
        reader,
      ).map((address) => `${name}:${address}`),
    );
  }

  function oneOf<const W extends string>(key: string, words: readonly W[]): W | undefined {
    const value = text(key);
    const word = words.find((candidate) => candidate === value);
    if (value === undefined || word !== undefined) return word;
    reader.problem([...base, key], `${key} is "${value}"; expected one of ${words.join(", ")}`);
    return undefined;
  }

  function attested(): Pick<RawVariant, "sbom" | "provenance"> {
    const asked = (["sbom", "provenance"] as const).flatMap((key) => {
      const value = text(key);
      return value === undefined ? [] : [parseAttestationFlag(key, value)];
    });
    const { raw: keys, lost } = attestationKeys(asked);
    for (const what of lost) {
      reader.note([...base, what.includes("sbom") ? "sbom" : "provenance"], notCarried(what));
    }
    return keys;
  }

  function sshOf(id: string, path: string | null): string {
    return path === null || path === "" ? id : `${id}=${pathFrom(folder, path)}`;
  }
}

const emptyBuild: ComposeBuild = {
  ...{ attested: {}, privileged: undefined, args: {}, labels: {}, contexts: {}, ulimits: {} },
  ...{ platforms: [], secrets: [], ssh: [], entitlements: [], hosts: [], bake: emptyXBake },
};

function textsOf(value: unknown, path: Path, reader: ComposeReader): string[] {
  if (!Array.isArray(value)) {
    reader.problem(path, `${String(path.at(-1))} must be a list`);
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    if (typeof item === "string") return [reader.interpolated(item, [...path, index])];
    reader.problem([...path, index], "this must be a string");
    return [];
  });
}
