import { formatCsvField } from "../../../csv.ts";
import { UsageError } from "../../../errors.ts";
import { isRemoteContext } from "../../../dockerfile/remote-source.ts";
import { pathFrom } from "../../config-path.ts";
import type { RawVariant } from "../../schema/variant-schema.ts";
import { isRecord } from "../../yaml/yaml-file.ts";
import { type Attestation, attestationKeys, parseAttestation } from "../attest.ts";
import { notCarried } from "../notes.ts";
import { lostOutputs } from "./outputs.ts";
import type { PrintedTarget } from "./printed.ts";

/** A target as a variant's keys. */
export interface ReadTarget {
  readonly raw: RawVariant;
  /** What the variant cannot express, a sentence each. */
  readonly lost: readonly string[];
}

/**
 * Keys that this file reads, or that belong to the config: the latest `Target` of buildx's bake.go.
 */
const known = new Set([
  ...["annotations", "args", "attest", "cache-from", "cache-to", "call", "context", "contexts"],
  ...["description", "dockerfile", "dockerfile-inline", "entitlements", "extra-hosts", "inherits"],
  ...["labels", "network", "no-cache", "no-cache-filter", "output", "platforms", "policy", "pull"],
  ...["resources", "secret", "shm-size", "ssh", "tags", "target", "ulimits"],
]);

/**
 * A printed target as a variant's keys (bake file reference), in which a context that is another
 * target is still `target:NAME`; bake runs in `folder`. Throws a usage error for keys that a build
 * must not ignore.
 */
export function readTarget(target: PrintedTarget, folder: string): ReadTarget {
  refuse(target);
  const context = localPath(folder, textOf(target["context"]) ?? ".");
  const inline = unescape(textOf(target["dockerfile-inline"]) ?? "");
  const dockerfile = textOf(target["dockerfile"]) ?? "Dockerfile";
  const attested = attestationKeys(items(target["attest"]).map(attestationOf));
  const raw: RawVariant = {
    context,
    // bake prints the default of `dockerfile` beside an inline one, which wins.
    ...(inline === ""
      ? { dockerfile: dockerfileFrom(folder, context, dockerfile) }
      : { "dockerfile-inline": inline }),
    ...attested.raw,
    target: textOf(target["target"]),
    args: unescaped(target["args"]),
    labels: unescaped(target["labels"]),
    contexts: contextsOf(target["contexts"], folder),
    // `local` is the builder's own platform, as if none were named.
    platforms: texts(target["platforms"]).filter((platform) => platform !== "local"),
    secrets: items(target["secret"]).map((item) => secretOf(item, folder)),
    ssh: items(target["ssh"]).map((item) => sshOf(item, folder)),
    network: networkOf(textOf(target["network"])),
    "shm-size": textOf(target["shm-size"]),
    ulimits: texts(target["ulimits"]),
    allow: texts(target["entitlements"]),
    // A name's addresses are separated by commas: buildx, bake/compose.go.
    "add-hosts": Object.entries(unescaped(target["extra-hosts"])).flatMap(([name, addresses]) =>
      addresses.split(",").map((address) => `${name}:${address}`),
    ),
  };
  return {
    raw: given(raw),
    lost: [...attested.lost.map((what) => notCarried(what)), ...lostKeys(target)],
  };
}

/** Whether `call` requests something other than a build, such as `check`. */
export function callOf(target: PrintedTarget): string | undefined {
  const call = textOf(target["call"]);
  return call === undefined || call.split(",").includes("build") ? undefined : call;
}

/**
 * These change what is built, or whether it may be built: a build without them is a different one.
 */
function refuse(target: PrintedTarget): void {
  if (!isEmpty(target["policy"])) {
    throw new UsageError("policy is not supported, and a build without it would not be checked", {
      hint: "remove the target from targets, or import a file without policies",
    });
  }
  if (!isEmpty(target["no-cache-filter"])) {
    throw new UsageError(
      "no-cache-filter is not supported, because a leg is built only once for a given set of inputs",
      {
        hint: "set refresh in the config to rerun steps at regular intervals",
      },
    );
  }
}

function lostKeys(target: PrintedTarget): string[] {
  const lost: string[] = [];
  if (!isEmpty(target["annotations"])) {
    lost.push(notCarried("annotations", "set index annotations under publish"));
  }
  if (target["no-cache"] === true)
    lost.push(notCarried("no-cache", "use --cold to build without caches"));
  if (!isEmpty(target["resources"]))
    lost.push(notCarried("resources", "set limits on the builder instead"));
  lost.push(...lostOutputs(items(target["output"])));
  for (const key of Object.keys(target)) {
    if (!known.has(key))
      lost.push(notCarried(key, "this version of Layerkeep does not support it"));
  }
  return lost;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function contextsOf(value: unknown, folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapOfTexts(value)).map(([name, text]) => [
      name,
      text.startsWith("target:") ? text : localPath(folder, text),
    ]),
  );
}

function dockerfileFrom(folder: string, context: string, dockerfile: string): string {
  if (dockerfile.startsWith("cwd://")) return localPath(folder, dockerfile);
  return isRemoteContext(context) ? dockerfile : pathFrom(context, dockerfile);
}

/** `cwd://` only says what a path is relative to. */
function localPath(folder: string, path: string): string {
  return pathFrom(folder, path.replace(/^cwd:\/\//, "") || ".");
}

function networkOf(network: string | undefined): RawVariant["network"] {
  const word = (["default", "none", "host"] as const).find((one) => one === network);
  if (network === undefined || word !== undefined) return word;
  throw new UsageError(`network must be default, none or host, not "${network}"`);
}

/** buildx prints attestations as maps since 0.20, and as strings before. */
function attestationOf(item: unknown): Attestation {
  if (!isRecord(item)) return parseAttestation(textOf(item) ?? "");
  const { type, disabled, ...others } = item;
  const attributes = Object.entries(others).map(([key, value]) => [key, String(value)] as const);
  return {
    type: textOf(type) ?? "",
    disabled: String(disabled) === "true",
    attributes: Object.fromEntries(attributes),
  };
}

/** buildx prints secrets as maps since 0.20, and as strings before. */
function secretOf(item: unknown, folder: string): string {
  if (!isRecord(item)) return textOf(item) ?? "";
  const pairs = Object.entries(item).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    return [formatCsvField(`${key}=${key === "src" ? pathFrom(folder, value) : value}`)];
  });
  return pairs.join(",");
}

function sshOf(item: unknown, folder: string): string {
  if (!isRecord(item)) return textOf(item) ?? "";
  const id = textOf(item["id"]) ?? "default";
  const paths = texts(item["paths"]).map((path) => pathFrom(folder, path));
  return paths.length === 0 ? id : `${id}=${paths.join(",")}`;
}

/** `bake --print` escapes what its language would replace (buildx, `Target.MarshalJSON`). */
function unescaped(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapOfTexts(value)).map(([key, text]) => [key, unescape(text)]),
  );
}

function unescape(text: string): string {
  return text.replaceAll("$${", "${").replaceAll("%%{", "%{");
}

/** Without empty values, which would replace the defaults. */
function given(raw: RawVariant): RawVariant {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => !isEmpty(value)));
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
