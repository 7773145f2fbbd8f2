import { UsageError } from "../../errors.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import type { FileFilter, Variant } from "../config.ts";
import { formatVariantAddress, parseContextAddress } from "../../dockerfile/context-address.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { parseConfigPath } from "../config-path.ts";
import {
  checkSuffix,
  checkLabel,
  checkSecret,
  checkSsh,
  checkGlob,
  checkUlimit,
  checkEntitlement,
  checkAddedHost,
  checkSize,
} from "./check-keys.ts";
import { checkContextName, repeatedContext } from "./context-name.ts";
import { parseNormaliser } from "./filters.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/schema.ts";
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
    context === undefined
      ? undefined
      : report.try([...path, "dockerfile"], () => parseDockerfile(raw, fill, context));
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
    contexts: mapped("contexts", checkContextName),
    secrets: listed("secrets", checkSecret),
    ssh: listed("ssh", checkSsh),
    inputs: listed("inputs", checkGlob),
    filters: filters(),
    network: raw.network,
    shmSize: filled(raw["shm-size"], fill),
    ulimits: listed("ulimits", checkUlimit),
    allow: listed("allow", checkEntitlement),
    addHosts: listed("add-hosts", checkAddedHost),
    sbom: raw.sbom === "true",
    provenance: raw.provenance ?? ("auto" as const),
    runners,
    movingLabels: [],
  };
  const { shmSize } = variant;
  if (shmSize !== undefined) report.try([...path, "shm-size"], () => checkSize(shmSize));
  const repeated = repeatedContext(Object.keys(raw.contexts ?? {}));
  if (repeated !== undefined) {
    const message = `the context ${repeated} is defined twice`;
    report.add([...path, "contexts", repeated], message, "use each name only once");
  }
  if (context === undefined || dockerfile === undefined) return undefined;
  return { ...variant, context, dockerfile };

  function filters(): FileFilter[] {
    return Object.entries(raw.filters ?? {}).flatMap(([key, text]) => {
      const at = [...path, "filters", key];
      const glob = fill(key);
      report.try(at, () => checkGlob(glob), "key");
      const as = report.try(at, () => parseNormaliser(fill(text)));
      return as === undefined ? [] : [{ glob, as }];
    });
  }

  function mapped(
    key: "args" | "labels" | "contexts",
    checkKey: (name: string) => void,
  ): Record<string, string> {
    const map: Record<string, string> = {};
    for (const [entry, value] of Object.entries(raw[key] ?? {})) {
      report.try([...path, key, entry], () => checkKey(entry), "key");
      const at = [...path, key, entry];
      const parsed =
        key === "contexts" ? report.try(at, () => parseNamedContext(fill(value))) : fill(value);
      // `defaults` may give a variant to all variants: the one that it is needs it not.
      if (parsed === undefined) continue;
      const isSelf = key === "contexts" && isOwn(parsed, name) && !report.has(at);
      if (!isSelf) map[entry] = parsed;
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

function parseContext(text: string): string {
  if (text === "-") throw new UsageError("a context cannot be read from stdin");
  if (text.startsWith("variant:")) {
    throw new UsageError(`the build context cannot be another variant: ${text}`, {
      hint: `give it a name under contexts, such as base: "${text}", and write FROM base`,
    });
  }
  return isRemoteContext(text) ? text : parseConfigPath(text);
}

function parseNamedContext(text: string): string {
  const address = parseContextAddress(text);
  if (text.startsWith("target:")) {
    throw new UsageError(`a context cannot be a bake target: ${text}`, {
      hint: `to refer to another variant, write variant:${text.slice("target:".length)}`,
    });
  }
  if (address.kind !== "variant") return parseContext(text);
  const { name, platform } = address;
  if (name === "") {
    throw new UsageError(`"${text}" has no variant name`, {
      hint: "write variant:NAME, or variant:NAME/linux/amd64 for one platform",
    });
  }
  const spelt = platform === undefined ? undefined : formatPlatform(parsePlatform(platform));
  return formatVariantAddress({ name, platform: spelt });
}

function isOwn(context: string, name: string): boolean {
  const address = parseContextAddress(context);
  return address.kind === "variant" && address.name === name;
}

function parseDockerfile(raw: RawVariant, fill: Naming["fill"], context: string): string {
  if (raw.dockerfile !== undefined && raw.dockerfile !== "") {
    return parseConfigPath(fill(raw.dockerfile));
  }
  return isRemoteContext(context) || context === "." ? "Dockerfile" : `${context}/Dockerfile`;
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
