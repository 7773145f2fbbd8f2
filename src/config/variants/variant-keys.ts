import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { FileFilter, Sbom, Variant } from "../config.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { parseOwnCache } from "../cache/own-cache.ts";
import { parseConfigPath } from "../config-path.ts";
import {
  checkSuffix,
  checkLabel,
  checkSecret,
  checkSsh,
  checkGlob,
  checkInputs,
  checkUlimit,
  checkEntitlement,
  checkAddedHost,
  checkMountName,
  checkSize,
} from "./check-keys.ts";
import { parseContext, parseContexts } from "./contexts.ts";
import { parseNormaliser } from "./filters.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import { checkArgument, type Keyed, parsePlatformArgs, parseRunners } from "./by-platform.ts";

interface Naming extends Omit<Keyed, "platforms"> {
  readonly name: string;
  /** The CI runner of all of its platforms, if an import names one. */
  readonly runner?: string | undefined;
}

/**
 * A variant's parsed keys but `publish` and `preview`, with their defaults; undefined if an
 * essential one is wrong.
 */
export function parseVariantKeys(
  raw: RawVariant,
  naming: Naming,
  report: Report,
): Omit<Variant, "publish" | "preview" | "line"> | undefined {
  const { name, path, fill, runner } = naming;
  const context = report.try([...path, "context"], () => parseContext(fill(raw.context ?? ".")));
  const dockerfile =
    context === undefined ? undefined : parseDockerfile(raw, naming, context, report);
  const suffix = raw.suffix === undefined ? defaultSuffix(name) : fill(raw.suffix);
  report.try([...path, "suffix"], () => checkSuffix(suffix));
  const platforms = parsePlatforms(raw, naming, report);
  const keyed: Keyed = { ...naming, platforms };
  const runners =
    runner === undefined
      ? parseRunners(raw.runners, keyed, report)
      : Object.fromEntries(platforms.map((one) => [formatPlatform(one), runner]));
  const variant = {
    name,
    suffix,
    target: filled(raw.target, fill),
    platforms,
    args: mapped("args", (arg) => checkArgument(arg, naming.settings)),
    platformArgs: parsePlatformArgs(raw, runners, keyed, report),
    labels: mapped("labels", checkLabel),
    contexts: parseContexts(raw, naming, report),
    secrets: listed("secrets", checkSecret),
    ssh: listed("ssh", checkSsh),
    inputs: listed("inputs", checkGlob),
    filters: filters(),
    mounts: mounts(),
    network: raw.network,
    shmSize: filled(raw["shm-size"], fill),
    ulimits: listed("ulimits", checkUlimit),
    allow: listed("allow", checkEntitlement),
    addHosts: listed("add-hosts", checkAddedHost),
    sbom: sbom(),
    provenance: raw.provenance ?? ("auto" as const),
    runners,
    cache: parseOwnCache(raw.cache, naming.settings.cacheType, [...path, "cache"], report),
    movingLabels: [],
  };
  const { shmSize } = variant;
  report.try([...path, "inputs"], () => checkInputs(variant.inputs));
  if (shmSize !== undefined) report.try([...path, "shm-size"], () => checkSize(shmSize));
  if (context === undefined || dockerfile === undefined) return undefined;
  return { ...variant, context, ...dockerfile };

  function filters(): FileFilter[] {
    return Object.entries(raw.filters ?? {}).flatMap(([key, text]) => {
      const at = [...path, "filters", key];
      const glob = fill(key);
      report.try(at, () => checkGlob(glob), "key");
      const as = report.try(at, () => parseNormaliser(fill(text)));
      return as === undefined ? [] : [{ glob, as }];
    });
  }

  function mounts(): true | string[] {
    const { mounts: given = [] } = raw;
    if (typeof given === "string") return given === "true" || [];
    return given.map((item, index) => {
      const name = fill(item);
      report.try([...path, "mounts", index], () => checkMountName(name));
      return name;
    });
  }

  function sbom(): Sbom {
    const { generator } = typeof raw.sbom === "object" ? raw.sbom : {};
    if (generator === undefined) return raw.sbom === "true";
    const image = fill(generator);
    report.try([...path, "sbom", "generator"], () => parseReference(image));
    return { generator: image };
  }

  function mapped(
    key: "args" | "labels",
    checkKey: (name: string) => void,
  ): Record<string, string> {
    const map: Record<string, string> = {};
    for (const [entry, value] of Object.entries(raw[key] ?? {})) {
      report.try([...path, key, entry], () => checkKey(entry), "key");
      map[entry] = fill(value);
    }
    return map;
  }

  function listed(
    key: "secrets" | "ssh" | "inputs" | "ulimits" | "allow" | "add-hosts",
    check: (text: string) => void,
  ): string[] {
    return (raw[key] ?? []).map((item, index) => {
      const text = fill(item);
      report.try([...path, key, index], () => check(text));
      return text;
    });
  }
}

function defaultSuffix(name: string): string {
  return name === "core" ? "" : `-${name}`;
}

function filled(text: string | undefined, fill: Naming["fill"]): string | undefined {
  return text === undefined || text === "" ? undefined : fill(text);
}

/** An inline Dockerfile is taken as it is: braces in it are its own. */
function parseDockerfile(
  { dockerfile = "", "dockerfile-inline": inline = "" }: RawVariant,
  { name, path, fill }: Naming,
  context: string,
  report: Report,
): Pick<Variant, "dockerfile" | "dockerfileInline"> | undefined {
  if (inline !== "" && dockerfile !== "") {
    const message = "dockerfile and dockerfile-inline are both set";
    report.add([...path, "dockerfile-inline"], message, "keep one of them");
    return undefined;
  }
  if (inline !== "") {
    return { dockerfile: `inline Dockerfile of ${name}`, dockerfileInline: inline };
  }
  const file = report.try([...path, "dockerfile"], () => {
    if (dockerfile !== "") return parseConfigPath(fill(dockerfile));
    return isRemoteContext(context) || context === "." ? "Dockerfile" : `${context}/Dockerfile`;
  });
  return file === undefined ? undefined : { dockerfile: file, dockerfileInline: undefined };
}

function parsePlatforms(raw: RawVariant, { fill, path }: Naming, report: Report): Platform[] {
  const given = raw.platforms ?? "linux/amd64";
  const items =
    typeof given === "string"
      ? fill(given)
          .split(",")
          .map((text) => ({ text: text.trim(), at: [...path, "platforms"] }))
      : given.map((text, index) => ({ text: fill(text), at: [...path, "platforms", index] }));
  if (items.length === 0) {
    report.add([...path, "platforms"], "platforms is empty", "remove it to build for linux/amd64");
  }
  const platforms = new Map<string, Platform>();
  for (const { text, at } of items) {
    const platform = report.try(at, () => parsePlatform(text));
    if (platform === undefined) continue;
    const normal = formatPlatform(platform);
    if (platforms.has(normal)) report.add(at, `the platform ${normal} is listed twice`);
    platforms.set(normal, platform);
  }
  return [...platforms.values()];
}
