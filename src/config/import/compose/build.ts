import { posix } from "node:path";
import { isRemoteContext } from "../../../dockerfile/remote-source.ts";
import { pathFrom } from "../../config-path.ts";
import type { RawVariant } from "../../schema/schema.ts";
import { isRecord, type Path } from "../../yaml/yaml-file.ts";
import { attestationKeys, parseAttestationFlag } from "../attest.ts";
import { notCarried } from "../notes.ts";
import { checkKeys } from "./build-keys.ts";
import type { ComposeReader } from "./reader.ts";
import { secretOf } from "./secret.ts";
import { noteNoCache, readXBake, refuseNoCacheFilter } from "./x-bake.ts";

/**
 * A service's `build`, in either form, as a variant's keys (Compose Build Specification), in which a
 * context that is another service is still `service:NAME` or, as bake writes it, `target:NAME`.
 */
export function readBuild(
  build: unknown,
  servicePlatform: unknown,
  service: Path,
  reader: ComposeReader,
): RawVariant {
  const base: Path = [...service, "build"];
  const folder = posix.dirname(reader.file);
  if (typeof build === "string") {
    const context = pathFrom(folder, reader.interpolated(build, base));
    return withPlatforms({ context }, [], servicePlatform, service, reader);
  }
  if (!isRecord(build)) {
    reader.problem(base, "a build must be a string or a map");
    return {};
  }
  checkKeys(build, base, reader);
  const context = pathFrom(folder, text("context") ?? ".");
  const isolation = text("isolation");
  if (isolation !== undefined && isolation !== "default") {
    reader.problem([...base, "isolation"], "only the default isolation is supported");
  }
  if (build["no_cache"] === "true") noteNoCache([...base, "no_cache"], reader);
  if (build["no_cache_filter"] !== undefined) {
    refuseNoCacheFilter([...base, "no_cache_filter"], reader);
  }
  const bake = readXBake(build["x-bake"], [...base, "x-bake"], reader);
  const raw: RawVariant = {
    context,
    ...dockerfile(),
    target: text("target"),
    args: pairs("args", true),
    labels: pairs("labels", false),
    contexts: contexts(),
    secrets: merged([...secrets(), ...bake.secrets], (text) => /(?:^|,)id=([^,]*)/.exec(text)?.[1]),
    ssh: merged(
      [...entries("ssh").map(([id, path]) => sshOf(id, path)), ...bake.ssh],
      (text) => text.split("=")[0],
    ),
    network: oneOf("network", ["default", "none", "host"]),
    "shm-size": text("shm_size"),
    ulimits: ulimits(),
    allow: [
      ...list("entitlements"),
      ...(oneOf("privileged", ["true", "false"]) === "true" ? ["security.insecure"] : []),
    ],
    "add-hosts": hosts(),
    ...attested(),
  };
  const platforms = [...new Set([...list("platforms"), ...bake.platforms])];
  return withPlatforms(given(raw), platforms, servicePlatform, service, reader);

  function text(key: string): string | undefined {
    const value = build_(key);
    if (value === undefined) return undefined;
    if (typeof value === "string") return reader.interpolated(value, [...base, key]);
    reader.problem([...base, key], `${key} must be a string`);
    return undefined;
  }

  function dockerfile(): Pick<RawVariant, "dockerfile" | "dockerfile-inline"> {
    const [file, inline] = [text("dockerfile"), text("dockerfile_inline")];
    if (file === undefined) return { "dockerfile-inline": inline };
    if (inline !== undefined) {
      const message = "dockerfile and dockerfile_inline are both set";
      reader.problem([...base, "dockerfile_inline"], message, "keep one of them");
    }
    return { dockerfile: isRemoteContext(context) ? file : pathFrom(context, file) };
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
   * A key without a value takes it from the environment, which for us means the config's variables.
   * An argument that they do not declare is left out, as in Compose; a declared one must be given.
   */
  function pairs(key: string, fromVariables: boolean): Record<string, string> {
    const found = entries(key).flatMap(([name, value]): [string, string][] => {
      if (value !== null) return [[name, value]];
      if (!fromVariables) return [[name, ""]];
      const own = reader.variables.get(name);
      if (own !== undefined) return [[name, own]];
      if (reader.variables.has(name)) {
        const hint = `pass --var ${name}=…, set LAYERKEEP_VAR_${name}, or set it under vars`;
        reader.problem([...base, key], `${name} has no value`, hint);
      } else {
        const hint = "declare it under vars in the config; the environment is not read";
        reader.note([...base, key], notCarried(`${name}, which has no value`, hint));
      }
      return [];
    });
    return Object.fromEntries(found);
  }

  function contexts(): Record<string, string> {
    const key = "additional_contexts";
    // Of two with one name, the build's own counts (buildx, `dedupMap`).
    return Object.fromEntries(
      [...bake.contexts, ...entries(key)].flatMap(([name, value]): [string, string][] => {
        if (value === null) {
          const hint = "write a folder, an address such as docker-image://alpine, or service:NAME";
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
        reader.problem([...path, index], "a secret needs a source");
        return [];
      }
      return secretOf(source, target, [...path, index], reader) ?? [];
    });
  }

  function ulimits(): string[] {
    const value = build_("ulimits");
    if (value === undefined) return [];
    const path = [...base, "ulimits"];
    const limits = isRecord(value) ? Object.entries(value) : [];
    if (!isRecord(value)) reader.problem(path, "ulimits must be a map");
    return limits.flatMap(([name, limit]) => {
      if (typeof limit === "string") return [`${name}=${limit}`];
      if (isRecord(limit) && typeof limit["soft"] === "string") {
        const hard = typeof limit["hard"] === "string" ? `:${limit["hard"]}` : "";
        return [`${name}=${limit["soft"]}${hard}`];
      }
      reader.problem([...path, name], "a ulimit is a number, or has soft and hard");
      return [];
    });
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

/**
 * Of several with one id, the last counts, in the first one's position (buildx,
 * `removeSecretDupes`).
 */
function merged(texts: readonly string[], idOf: (text: string) => string | undefined): string[] {
  return [...new Map(texts.map((text) => [idOf(text) ?? text, text])).values()];
}

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

/** A service's own platform counts if its build has none. */
function withPlatforms(
  raw: RawVariant,
  platforms: readonly string[],
  servicePlatform: unknown,
  service: Path,
  reader: ComposeReader,
): RawVariant {
  if (platforms.length > 0) return { ...raw, platforms: [...platforms] };
  if (typeof servicePlatform !== "string") return raw;
  return { ...raw, platforms: reader.interpolated(servicePlatform, [...service, "platform"]) };
}

/** Without empty values, which would replace the defaults. */
function given(raw: RawVariant): RawVariant {
  const kept = Object.entries(raw).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}
