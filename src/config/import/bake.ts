import { UsageError } from "../../errors.ts";
import { isRemoteContext } from "../../dockerfile/remote-source.ts";
import { type Report, reportOnEntry } from "../report.ts";
import type { RawVariant } from "../schema.ts";
import { isRecord } from "../yaml-file.ts";
import type { ImportedEntry } from "./entry.ts";
import { fillText } from "./fill.ts";
import { csvField, pathFrom } from "./paths.ts";
import type { BakeImport } from "./spec.ts";

/**
 * The targets that `docker buildx bake --print` printed; what is wrong goes to the report. Tags,
 * outputs and caches are passed over: those are the config's.
 */
export function bakeEntries(spec: BakeImport, printed: string, report: Report): ImportedEntry[] {
  const { at, file } = spec;
  const root = parseJson(printed, file);
  const targets = isRecord(root["target"]) ? root["target"] : {};
  const groups = isRecord(root["group"]) ? root["group"] : {};
  const names = reached(spec.targets, groups);
  if (names.length === 0) report.add([...at, "bake"], `${file} has no target to build`);
  return names.flatMap((target) => {
    const place = `${file}, target ${target}`;
    const value = targets[target];
    const own = reportOnEntry(report, place);
    const filled = fillText(spec.name ?? "{name}", new Map([["name", target]]));
    if ("missing" in filled) {
      report.add([...at, "name"], `{${filled.missing}} stands for nothing here`, "known is {name}");
      return [];
    }
    const raw = isRecord(value)
      ? own.try([...at, "bake"], () => readTarget(value, spec.folder))
      : undefined;
    if (raw === undefined) return [];
    return [{ at, place, name: filled.text, own: raw, runner: undefined, values: {} }];
  });
}

function parseJson(printed: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch (cause) {
    throw new UsageError(`what bake printed of ${file} is not JSON`, { cause });
  }
  return isRecord(value) ? value : {};
}

/** The targets that were asked for, those of groups included, in order; not those built for others. */
function reached(asked: readonly string[], groups: Readonly<Record<string, unknown>>): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const group = groups[name];
    if (!isRecord(group)) {
      found.add(name);
      return;
    }
    if (seen.has(name)) return;
    seen.add(name);
    for (const target of texts(group["targets"])) visit(target);
  };
  for (const name of asked) visit(name);
  return [...found];
}

type Target = Readonly<Record<string, unknown>>;

/** A target as a variant's keys (bake file reference). Throws a usage error for what cannot be one. */
function readTarget(target: Target, folder: string): RawVariant {
  if (target["dockerfile-inline"] !== undefined) {
    throw new UsageError("a Dockerfile inside of a bake file is not read", {
      hint: "write it to a file",
    });
  }
  const context = localPath(folder, textOf(target["context"]) ?? ".");
  const dockerfile = textOf(target["dockerfile"]) ?? "Dockerfile";
  const raw: RawVariant = {
    context,
    dockerfile: dockerfile.startsWith("cwd://")
      ? localPath(folder, dockerfile)
      : isRemoteContext(context)
        ? dockerfile
        : pathFrom(context, dockerfile),
    ...attested(target["attest"]),
  };
  const shmSize = textOf(target["shm-size"]);
  const stage = textOf(target["target"]);
  const network = networkOf(textOf(target["network"]));
  const [args, labels] = [mapOfTexts(target["args"]), mapOfTexts(target["labels"])];
  const contexts = mapOfTexts(target["contexts"]);
  const lists = {
    platforms: texts(target["platforms"]),
    secrets: items(target["secret"]).map((item) => secretOf(item, folder)),
    ssh: items(target["ssh"]).map(sshOf),
    ulimits: texts(target["ulimits"]),
    allow: texts(target["entitlements"]),
    "add-hosts": Object.entries(mapOfTexts(target["extra-hosts"])).map(
      ([name, address]) => `${name}:${address}`,
    ),
  };
  if (shmSize !== undefined) raw["shm-size"] = shmSize;
  if (stage !== undefined) raw.target = stage;
  if (network !== undefined) raw.network = network;
  if (Object.keys(args).length > 0) raw.args = args;
  if (Object.keys(labels).length > 0) raw.labels = labels;
  if (Object.keys(contexts).length > 0) {
    raw.contexts = Object.fromEntries(
      Object.entries(contexts).map(([name, value]) => [name, namedContext(name, value, folder)]),
    );
  }
  for (const key of ["platforms", "secrets", "ssh", "ulimits", "allow", "add-hosts"] as const) {
    if (lists[key].length > 0) raw[key] = lists[key];
  }
  return raw;
}

function namedContext(name: string, value: string, folder: string): string {
  if (!value.startsWith("target:")) return localPath(folder, value);
  throw new UsageError(`the context ${name} cannot be another target: ${value}`, {
    hint: "each leg is built by itself: give the image that the target publishes, or one Dockerfile with both stages",
  });
}

/** `cwd://` says what a path starts from anyway. */
function localPath(folder: string, path: string): string {
  return pathFrom(folder, path.replace(/^cwd:\/\//, "") || ".");
}

function networkOf(network: string | undefined): RawVariant["network"] {
  const known = (["default", "none", "host"] as const).find((word) => word === network);
  if (network === undefined || known !== undefined) return known;
  throw new UsageError(`the network "${network}" is not default, none or host`);
}

function attested(value: unknown): Pick<RawVariant, "sbom" | "provenance"> {
  const found: Pick<RawVariant, "sbom" | "provenance"> = {};
  for (const item of items(value)) {
    const attest = isRecord(item) ? item : fieldsOf(textOf(item) ?? "");
    const off = String(attest["disabled"]) === "true";
    if (attest["type"] === "sbom") found.sbom = off ? "false" : "true";
    if (attest["type"] === "provenance") {
      found.provenance = off ? "false" : attest["mode"] === "max" ? "max" : "min";
    }
  }
  return found;
}

function fieldsOf(text: string): Target {
  const fields = text.split(",").map((field) => {
    const [key = "", value = ""] = field.split("=");
    return [key, value] as const;
  });
  return Object.fromEntries(fields);
}

/** buildx prints secrets as maps since 0.20, as texts before. */
function secretOf(item: unknown, folder: string): string {
  if (!isRecord(item)) return textOf(item) ?? "";
  const pairs = Object.entries(item).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    return [csvField(`${key}=${key === "src" ? pathFrom(folder, value) : value}`)];
  });
  return pairs.join(",");
}

function sshOf(item: unknown): string {
  if (!isRecord(item)) return textOf(item) ?? "";
  const id = textOf(item["id"]) ?? "default";
  const paths = texts(item["paths"]);
  return paths.length === 0 ? id : `${id}=${paths.join(",")}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
  return items(value).flatMap((item) => (typeof item === "string" ? [item] : []));
}

function mapOfTexts(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" ? [[key, item] as const] : [],
  );
  return Object.fromEntries(pairs);
}
