import type { Sbom } from "../config/config.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { isBuildkitArg, isProxyArg } from "../dockerfile/expand/predefined-args.ts";
import type { ReachedStage } from "../dockerfile/stages/found.ts";
import type { Stages } from "../dockerfile/stages/stages.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { isSecretName, maskSecrets } from "../secrets.ts";
import { type Additions, boundedAdditions } from "./additions.ts";
import { digestPart, legPart } from "./parents/parent-parts.ts";
import type { Pin } from "./moving/pins.ts";

export interface InputSummary {
  readonly digest: Digest;
  /** The parts that the digest was taken over, by name, for `explain`: `dockerfile`, `context`, `arg:X`, `pin:busybox:1`, … */
  readonly parts: Readonly<Record<string, string>>;
  /** Bounded; absent if there are none. */
  readonly additions?: Additions;
}

/** Everything that can change a leg's result. */
export interface DigestInputs {
  /** The Dockerfile's name, for readers of the parts. */
  readonly file?: string;
  /** The Dockerfile, evaluated for the leg's target, arguments and platform. */
  readonly stages: Stages;
  /** Undefined if the leg takes nothing from its context. */
  readonly context: HashedContext | undefined;
  /** Named contexts: a digest for a folder, otherwise the address as written. */
  readonly contexts: Readonly<Record<string, HashedContext | string>>;
  /** Of contexts that are other variants: the input digests of their legs. */
  readonly parents?: Readonly<Record<string, { readonly leg: string; readonly digest: Digest }>>;
  readonly target: string | undefined;
  readonly platform: Platform;
  /** The build arguments; those that no reached stage declares do not count. */
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The pins that the leg reads. */
  readonly pins: readonly Pin[];
  /** Counts if a reached stage declares the argument. */
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
  /** The text of the policy beside the Dockerfile. */
  readonly policy?: string | undefined;
}

/** The result of `hashContext`, or the known part of it. */
interface HashedContext {
  readonly digest: Digest;
  readonly entries?: Readonly<Record<string, string>>;
  /** A short digest of what each source of the build context takes, in the stages' order. */
  readonly sources?: readonly string[];
  readonly additions?: Additions;
}

interface ExporterSettings {
  readonly oci: boolean;
  readonly provenance: "max" | "min" | "false";
  readonly sbom: Sbom;
}

/** Bumped when the meaning of the parts changes: legs staged before are built again. */
const format = "layerkeep.input.v3";
/** Values up to this length are shown as they are. */
const longestShown = 64;
/** Digests of single context entries are only for explanations, and plans are bounded. */
const mostEntries = 64;
const longestText = 200;

/**
 * A leg's input digest: sha256 over the parts as JSON, sorted by name, so that the order of inputs
 * does not matter. `parts` has each part's value if it is short, and otherwise its digest.
 */
export function inputDigest(inputs: DigestInputs): InputSummary {
  const parts = inOrder(partsOf(inputs));
  return {
    digest: digestOf(JSON.stringify([format, ...parts])),
    parts: Object.fromEntries([
      ...parts.map(([name, value]): Part => [maskSecrets(name), shown(name, value)]),
      ...explanation(inputs),
    ]),
    ...additionsOf(inputs),
  };
}

function additionsOf({ context }: DigestInputs): Pick<InputSummary, "additions"> {
  const all = Object.entries(context?.additions ?? {});
  if (all.length === 0) return {};
  const masked = all.map(([name, sum]) => [maskSecrets(name), sum] as const);
  return { additions: boundedAdditions(Object.fromEntries(masked)) };
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
    ...Object.entries(inputs.parents ?? {}).map(
      ([context, { digest }]): Part => digestPart({ context, digest }),
    ),
    ...argParts(inputs),
    ...recordParts("label", inputs.labels),
    ...pinParts(inputs),
    ["network", inputs.network ?? ""],
    ["shm-size", inputs.shmSize ?? ""],
    ["ulimits", sortedList(inputs.ulimits)],
    ["allow", sortedList(inputs.allow)],
    // The order of hosts is their order in the hosts file during the build.
    ["add-hosts", JSON.stringify(inputs.addHosts)],
    ["secrets", sortedList(inputs.secrets.map(secretId))],
    ["ssh", sortedList(inputs.ssh.map(sshId))],
    ["exporter", JSON.stringify([exporter.oci, exporter.provenance, exporter.sbom])],
    ...(inputs.policy === undefined ? [] : [["policy", digestOf(inputs.policy)] as const]),
  ];
}

/** The reached stages' instructions, without comments and unneeded stages. */
function dockerfileText(stages: Stages): string {
  return JSON.stringify([
    stages.escape,
    stages.syntax?.ref ?? null,
    Object.entries(stages.globalArgs),
    stages.reached.map((stage) => stageText(stage, stages)),
  ]);
}

function stageText(stage: ReachedStage, stages: Stages): unknown {
  // A stage's number changes with unneeded stages; its position among the needed ones does not.
  const places = stage.links.map((link) => {
    const place = stages.reached.findIndex(({ index }) => index === link);
    return place < 0 ? `context:${stages.replaced.get(link) ?? ""}` : place;
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
    .filter(([name]) => inputs.stages.unknown.length > 0 || read.has(familiarName(name)))
    .map(([name, value]) => [
      `named-context:${familiarName(name)}`,
      typeof value === "string" ? value : value.digest,
    ]);
}

function argParts({ stages, args, epoch }: DigestInputs): readonly Part[] {
  const declared = new Set(stages.declaredArgs);
  // Unknown triggers may declare any argument that is passed. The epoch is not passed unless
  // something known declares it.
  const open = stages.unknown.length > 0;
  const counts = (name: string): boolean =>
    declared.has(name) || isBuildkitArg(name) || (open && name !== epoch?.arg && !isProxyArg(name));
  const given = { ...args, ...(epoch === undefined ? {} : { [epoch.arg]: epoch.value }) };
  const counted = Object.entries(given).filter(([name]) => counts(name));
  return [...counted, ...Object.entries(stages.machineArgs)].map(([name, value]) => [
    name === epoch?.arg ? "epoch" : `arg:${name}`,
    value,
  ]);
}

/** An image's shortest name: its spelling may come from another leg. */
function pinParts({ pins }: DigestInputs): readonly Part[] {
  return pins.map(({ kind, ref, resolved }) => [
    `pin:${kind}:${kind === "image" ? familiarName(ref) : ref}`,
    resolved ?? "unresolved",
  ]);
}

function recordParts(kind: string, values: Readonly<Record<string, string>>): readonly Part[] {
  return Object.entries(values).map(([name, value]) => [`${kind}:${name}`, value]);
}

/**
 * Not part of the digest by themselves: the context's digest covers them. `context/PATH` is a file
 * or folder, `files:COPY src` what an instruction takes, followed by its place, and `whole-context`
 * why all of it counts.
 */
function explanation(inputs: DigestInputs): readonly Part[] {
  const { context, file = "Dockerfile", stages } = inputs;
  const parents = Object.entries(inputs.parents ?? {}).map(
    ([context, { leg }]): Part => legPart({ context, leg }),
  );
  if (context === undefined) return parents;
  const entries = Object.entries(context.entries ?? {}).map(
    ([path, digest]): Part => [`context/${path}`, digest],
  );
  const place = (line: number): string => `${file}:${line}`;
  const all = stages.contextSources.find(
    (source) => source.context === undefined && source.path === "" && !source.picked,
  );
  const [unknown] = stages.unknown;
  const why =
    all === undefined
      ? unknown && `${place(unknown.line)}: ${unknown.why}`
      : `${place(all.line)}: ${all.label}`;
  return [
    ...parents,
    ...(entries.length > mostEntries ? [] : entries),
    ...sourceParts(context, stages, place),
    ...(why === undefined ? [] : [["whole-context", why.slice(0, longestText)] as const]),
  ];
}

function sourceParts(
  { sources = [] }: HashedContext,
  stages: Stages,
  place: (line: number) => string,
): readonly Part[] {
  const taken = stages.contextSources.filter(({ context }) => context === undefined);
  // If the whole context counts for another reason, single sources were not hashed.
  if (stages.unknown.length > 0 || taken.length > mostEntries) return [];
  const parts = new Map<string, string>();
  for (const [at, { label, line }] of taken.entries()) {
    const name = `files:${label}`.slice(0, longestText);
    const another = parts.has(name) ? `${name} #${at}` : name;
    parts.set(another, `${sources[at] ?? ""} ${place(line)}`);
  }
  return [...parts];
}

/** A value that is, or looks like, a secret is shown like a long one: by its digest. */
function shown(name: string, value: string): string {
  const given = /^(?:arg|label):(.*)$/s.exec(name)?.[1] ?? "";
  if (value !== "" && isSecretName(given)) return digestOf(value);
  if (maskSecrets(value) !== value) return digestOf(value);
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
