import { familiarName } from "../dockerfile/image-name.ts";
import { isBuildkitArg } from "../dockerfile/predefined-args.ts";
import type { ReachedStage, Stages } from "../dockerfile/stages.ts";
import { type Digest, digestOf, hexOf } from "../oci/digest.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { InputSummary, Pin } from "./plan.ts";

/** All that can change a leg's result. */
export interface DigestInputs {
  /** The Dockerfile, evaluated for the leg's target, arguments and platform. */
  readonly stages: Stages;
  /** Undefined where the leg takes nothing from its context. */
  readonly context: HashedContext | undefined;
  /** Named contexts: a digest for a folder, or the address as it is given. */
  readonly contexts: Readonly<Record<string, HashedContext | string>>;
  readonly target: string | undefined;
  readonly platform: Platform;
  /** As they are given to the build; those that nothing reached declares do not count. */
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of all legs may be given: only those that the stages read count. */
  readonly pins: readonly Pin[];
  /** Counts where a reached stage declares the argument. */
  readonly epoch: { readonly arg: string; readonly value: string } | undefined;
  readonly network: string | undefined;
  readonly shmSize: string | undefined;
  readonly ulimits: readonly string[];
  readonly allow: readonly string[];
  readonly addHosts: readonly string[];
  /** As in the config: `id=npm,env=NPM_TOKEN`. Only the ids count. */
  readonly secrets: readonly string[];
  /** `default`, or `id=socket`. Only the ids count. */
  readonly ssh: readonly string[];
  readonly exporter: ExporterSettings;
}

/** What `hashContext` gives, or as much of it as is known. */
export interface HashedContext {
  readonly digest: Digest;
  readonly entries?: Readonly<Record<string, Digest>>;
}

export interface ExporterSettings {
  readonly oci: boolean;
  readonly provenance: "max" | "min" | "false";
  readonly sbom: boolean;
}

/** Changes where the meaning of the parts does: legs that were staged before are built again. */
const format = "layerkeep.input.v1";
/** Values up to this length are shown as they are. */
const longestShown = 64;
/** Digests of single entries of a context are there to be explained, and plans are bounded. */
const mostEntries = 64;

/**
 * A leg's input digest: sha256 over the parts as JSON, sorted by name, so that the order in which
 * anything was given does not matter. `parts` has each part's value where it is short, and its
 * digest where it is not.
 */
export function inputDigest(inputs: DigestInputs): InputSummary {
  const parts = inOrder(partsOf(inputs));
  const explained = [...parts, ...entryParts(inputs)];
  return {
    digest: digestOf(JSON.stringify([format, ...parts])),
    parts: Object.fromEntries(explained.map(([name, value]) => [name, shown(value)])),
  };
}

type Part = readonly [name: string, value: string];

function partsOf(inputs: DigestInputs): readonly Part[] {
  const { stages, exporter } = inputs;
  return [
    ["format", format],
    ["dockerfile", digestOf(dockerfileText(stages))],
    ["target", inputs.target ?? ""],
    ["platform", formatPlatform(inputs.platform)],
    ...(inputs.context === undefined ? [] : [["context", inputs.context.digest] as const]),
    ...namedContextParts(inputs),
    ...argParts(inputs),
    ...recordParts("label", inputs.labels),
    ...pinParts(inputs),
    ["network", inputs.network ?? ""],
    ["shm-size", inputs.shmSize ?? ""],
    ["ulimits", sortedList(inputs.ulimits)],
    ["allow", sortedList(inputs.allow)],
    // The order of hosts is the order in the image's hosts file while it is built.
    ["add-hosts", JSON.stringify(inputs.addHosts)],
    ["secrets", sortedList(inputs.secrets.map(secretId))],
    ["ssh", sortedList(inputs.ssh.map(sshId))],
    ["exporter", JSON.stringify([exporter.oci, exporter.provenance, exporter.sbom])],
  ];
}

/** What the reached stages say, without comments, and without the stages that nothing needs. */
function dockerfileText(stages: Stages): string {
  return JSON.stringify([
    stages.escape,
    stages.syntax?.ref ?? null,
    Object.entries(stages.globalArgs),
    stages.reached.map((stage) => stageText(stage, stages)),
  ]);
}

function stageText(stage: ReachedStage, stages: Stages): unknown {
  // Numbers of stages move with stages that nothing needs; places among the needed ones do not.
  const places = stage.links.map((link) => {
    const place = stages.reached.findIndex(({ index }) => index === link);
    return place < 0 ? "context" : place;
  });
  return [
    stage.name ?? null,
    stage.from,
    stage.platform ?? null,
    places,
    stage.instructions.map(({ text, heredocs, trigger }) => [
      text,
      [...heredocs, ...(trigger?.heredocs ?? [])].map(({ name, content }) => [name, content]),
    ]),
  ];
}

function namedContextParts(inputs: DigestInputs): readonly Part[] {
  const read = new Set(inputs.stages.contexts);
  return Object.entries(inputs.contexts)
    .filter(([name]) => read.has(familiarName(name)))
    .map(([name, value]) => [
      `named-context:${familiarName(name)}`,
      typeof value === "string" ? value : value.digest,
    ]);
}

function argParts({ stages, args, epoch }: DigestInputs): readonly Part[] {
  const declared = new Set(stages.declaredArgs);
  const given = { ...args, ...(epoch === undefined ? {} : { [epoch.arg]: epoch.value }) };
  return Object.entries(given)
    .filter(([name]) => declared.has(name) || isBuildkitArg(name))
    .map(([name, value]) => [name === epoch?.arg ? "epoch" : `arg:${name}`, value]);
}

function pinParts({ stages, pins }: DigestInputs): readonly Part[] {
  const images = new Set(stages.images.map(({ ref }) => familiarName(ref)));
  const urls = new Set(stages.remoteSources.map(({ url }) => url));
  return pins
    .filter(({ kind, ref }) => {
      if (kind === "image") return images.has(familiarName(ref));
      return kind === "syntax" ? ref === stages.syntax?.ref : urls.has(ref);
    })
    .map(({ kind, ref, resolved }) => [`pin:${kind}:${ref}`, resolved ?? "unresolved"]);
}

function recordParts(kind: string, values: Readonly<Record<string, string>>): readonly Part[] {
  return Object.entries(values).map(([name, value]) => [`${kind}:${name}`, value]);
}

/** Not taken into the digest by themselves: the context's digest is made of them. */
function entryParts({ context }: DigestInputs): readonly Part[] {
  const entries = Object.entries(context?.entries ?? {});
  return entries
    .slice(0, entries.length > mostEntries ? 0 : undefined)
    .map(([name, digest]) => [`context/${name}`, hexOf(digest).slice(0, 12)]);
}

function shown(value: string): string {
  if (value.length <= longestShown || /^sha256:[0-9a-f]{64}$/.test(value)) return value;
  return digestOf(value);
}

function sortedList(values: readonly string[]): string {
  return JSON.stringify([...new Set(values)].sort());
}

/** `id=npm,env=NPM_TOKEN`; without an id, the file's or the variable's name is the id. */
function secretId(reference: string): string {
  const fields = new Map(
    reference.split(",").map((field): [string, string] => {
      const equals = field.indexOf("=");
      return equals < 0 ? ["id", field] : [field.slice(0, equals), field.slice(equals + 1)];
    }),
  );
  return fields.get("id") ?? fields.get("src") ?? fields.get("env") ?? reference;
}

function sshId(reference: string): string {
  return reference.split("=", 1)[0] ?? reference;
}

function inOrder(parts: readonly Part[]): readonly Part[] {
  return parts
    .map((part) => ({ part, key: JSON.stringify(part) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ part }) => part);
}
