import { splitFields } from "../dockerfile/check/mount.ts";
import { parseContextAddress, splitFragment } from "../dockerfile/context-address.ts";
import type { Dockerfile, Instruction } from "../dockerfile/dockerfile.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { renameSources } from "../dockerfile/rewrite.ts";
import type { Stages } from "../dockerfile/stages.ts";
import { splitPlain } from "../dockerfile/words.ts";
import { UsageError } from "../errors.ts";
import { parseReference } from "../oci/reference.ts";
import type { LegInputs } from "./leg-inputs.ts";
import { isFixed, movingContext, movingInputs, pinKey, pinsOf, sbomScanner } from "./pins.ts";
import type { Pin } from "./plan.ts";

/** What the engine is given so that it builds from a leg's pins and from nothing else. */
export interface HeldInputs {
  /** The Dockerfile's text, with digests and commits in it. Line numbers are those of the file. */
  readonly dockerfile: string;
  /** Named contexts; folders as they are written in the config. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Arguments beside the leg's own. */
  readonly args: Readonly<Record<string, string>>;
  /** The image that makes the SBOM; undefined if there is none, or it is not pinned. */
  readonly sbomScanner: string | undefined;
  /** The names that were changed in the Dockerfile, new ones to old ones: steps are called by them. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Something that the engine cannot be held to. */
export interface UnheldInput {
  /** `busybox:1`, `ADD $URL` */
  readonly what: string;
  readonly why: string;
}

/**
 * How the engine is held to the pins of a leg. Digests are written into the Dockerfile: a named
 * context of an image's name would also take the place of a stage of that name, and drop its
 * instructions (BuildKit: frontend/dockerfile/dockerfile2llb, docker/buildx#904). An image that
 * only a trigger of a base image names is a named context all the same, if no stage has its name.
 */
export function holdInputs(inputs: LegInputs, allPins: readonly Pin[]): HeldInputs {
  const { stages, recipe } = inputs;
  const pins = resolvedPins(inputs, allPins);
  const { dockerfile, renamed } = rewrite(inputs, pins);
  const syntax = stages.syntax === undefined ? undefined : pins.get(`syntax:${stages.syntax.ref}`);
  const overruled = new Set(stages.overruledArgs);
  const machine = Object.entries(stages.machineArgs).filter(([name]) => !overruled.has(name));
  return {
    dockerfile,
    contexts: { ...triggerContexts(stages, pins), ...pinnedContexts(recipe.contexts, pins) },
    args: {
      ...Object.fromEntries(machine),
      ...(syntax === undefined || isPinned(syntax.ref)
        ? {}
        : { BUILDKIT_SYNTAX: withDigest(syntax.ref, syntax.resolved) }),
    },
    sbomScanner: pinnedImage(sbomScanner, pins),
    renamed,
  };
}

/** What of a leg's inputs moves and cannot be held. A leg with any of it is never reused. */
export function unheldInputs(inputs: LegInputs, allPins: readonly Pin[]): readonly UnheldInput[] {
  const { stages, recipe, file } = inputs;
  const place = (line: number): string => `${recipe.dockerfile}:${line}`;
  const pins = pinsOf(inputs, allPins);
  const known = new Set(pins.map(pinKey));
  const unresolved = pins.filter(({ resolved }) => resolved === null);
  const unasked = movingInputs(inputs).filter((input) => !known.has(pinKey(input)));
  const unknown = stages.unknown.map(({ why, line, base }) => ({ what: base ?? place(line), why }));
  return [
    ...unresolved.map(({ ref, note = "it could not be resolved" }) => ({ what: ref, why: note })),
    ...unasked.map(({ ref }) => ({ what: ref, why: "it was not resolved" })),
    ...unknown,
    ...unheldSources(stages, place),
    ...stages.overruledArgs.map((name) => ({
      what: name,
      why: "one stage takes it from the machine that builds, and another gives it a default",
    })),
    ...stages.imageUses
      .filter(({ ref, by }) => by === "base-trigger" && stages.stageNames.has(familiarName(ref)))
      .map(({ ref, line }) => ({
        what: ref,
        why: `an ONBUILD trigger of the base image in ${place(line)} names it, and a stage of this file has the same name`,
      })),
    ...rewrite(inputs, resolvedPins(inputs, allPins)).missed.map((line) => ({
      what: place(line),
      why: "its digest cannot be written into the instruction",
    })),
    ...(readsMore(file.policy)
      ? [{ what: `${recipe.dockerfile}.rego`, why: "the policy reads more than its own text" }]
      : []),
  ];
}

/** Functions with which a policy reads files, asks the network or changes sources (buildx: policy/funcs.go; OPA's built-ins). */
function readsMore(policy: string | undefined): boolean {
  return /\b(?:load_\w+|pin_\w+|verify_\w+|\w+_attestations?|http\.send|net\.\w+|opa\.runtime|time\.now_ns|rand\.\w+|uuid\.\w+)\b/.test(
    policy ?? "",
  );
}

interface Rewritten {
  readonly dockerfile: string;
  readonly renamed: ReadonlyMap<string, string>;
  /** Lines whose images or sources are pinned, and are not in the text so. */
  readonly missed: readonly number[];
}

function rewrite(inputs: LegInputs, pins: ReadonlyMap<string, Resolved>): Rewritten {
  const { stages, file } = inputs;
  const renamed = new Map<string, string>();
  const wanted = new Map<string, number>();
  const image = new Map<string, string>();
  for (const { ref, line, by } of stages.imageUses) {
    const to = by === "file" ? pinnedImage(ref, pins) : undefined;
    if (to === undefined) continue;
    image.set(`${line} ${ref}`, to);
    wanted.set(`${line} ${to}`, line);
  }
  const source = new Map<string, string>();
  for (const { word, line } of stages.remoteSources) {
    const to = pinnedSource(stages, word, line, pins);
    if (to === undefined) continue;
    source.set(`${line} ${word}`, to);
    wanted.set(`${line} ${to}`, line);
  }
  const remember = (to: string | undefined, from: string): string | undefined => {
    if (to !== undefined) renamed.set(to, from);
    return to;
  };
  const froms = new Map(stages.reached.map(({ line, from }) => [line, from]));
  const dockerfile = renameSources(file.text, file.dockerfile, froms, {
    image: (ref, line) => remember(image.get(`${line} ${ref}`), ref),
    source: (word, line) => remember(source.get(`${line} ${word}`), word),
  });
  return { dockerfile, renamed, missed: missedIn(inputs, dockerfile, renamed, wanted) };
}

/**
 * Reads the new text as BuildKit will: each wanted name is in its instruction, and with the old
 * names back the file is what it was. Files of one text are compared once.
 */
function missedIn(
  { file: { dockerfile: original } }: LegInputs,
  text: string,
  renamed: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, number>,
): readonly number[] {
  if (wanted.size === 0) return [];
  const read = readAgain(original, text);
  const missed = new Set<number>();
  for (const [name, line] of wanted) {
    const to = name.slice(name.indexOf(" ") + 1);
    const at = original.instructions.findIndex((instruction) => instruction.line === line);
    const now = read?.instructions[at];
    if (now === undefined || !meaningOf(now).includes(inJson(to))) missed.add(line);
  }
  for (const [at, instruction] of original.instructions.entries()) {
    const now = read?.instructions[at];
    let meaning = now === undefined ? "" : meaningOf(now);
    for (const [to, from] of renamed) meaning = meaning.replaceAll(inJson(to), inJson(from));
    if (meaning !== meaningOf(instruction) && instruction.keyword !== "FROM") {
      missed.add(instruction.line);
    }
  }
  return [...missed].sort((a, b) => a - b);
}

const readTexts = new WeakMap<Dockerfile, Map<string, Dockerfile | undefined>>();

function readAgain(original: Dockerfile, text: string): Dockerfile | undefined {
  const known = readTexts.get(original) ?? new Map<string, Dockerfile | undefined>();
  readTexts.set(original, known);
  if (!known.has(text)) known.set(text, tryParse(text, original.file));
  return known.get(text);
}

function tryParse(text: string, file: string): Dockerfile | undefined {
  try {
    return parseDockerfile(text, file);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** What an instruction says, however it is written. */
function meaningOf(instruction: Instruction): string {
  const { keyword, flags, rest, json, heredocs, trigger } = instruction;
  const fields = flags.map(({ name, value }) => [
    name,
    name === "mount" && keyword === "RUN" ? splitFields("--mount", value ?? "") : (value ?? null),
  ]);
  const words = keyword === "FROM" ? splitPlain(rest) : (json ?? rest);
  const inner = trigger === undefined ? null : meaningOf(trigger);
  return JSON.stringify([keyword, fields, trigger === undefined ? words : "", heredocs, inner]);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

type Resolved = Pin & { readonly resolved: string };

function resolvedPins(inputs: LegInputs, all: readonly Pin[]): ReadonlyMap<string, Resolved> {
  const found = pinsOf(inputs, all).flatMap((pin): readonly [string, Resolved][] =>
    pin.resolved === null ? [] : [[pinKey(pin), { ...pin, resolved: pin.resolved }]],
  );
  return new Map(found);
}

/** The image with its digest; undefined if it has one already, or none is known. */
function pinnedImage(ref: string, pins: ReadonlyMap<string, Resolved>): string | undefined {
  const pin = pins.get(pinKey({ kind: "image", ref }));
  return pin === undefined || isPinned(ref) ? undefined : withDigest(ref, pin.resolved);
}

function isPinned(ref: string): boolean {
  return ref.includes("@");
}

/** As it is written, so that the provenance and the steps name it as the user does. */
function withDigest(ref: string, digest: string): string {
  const tagged = parseReference(ref).tag === undefined ? `${ref}:latest` : ref;
  return `${tagged}@${digest}`;
}

function pinnedSource(
  { remoteSources }: Stages,
  word: string,
  line: number,
  pins: ReadonlyMap<string, Resolved>,
): string | undefined {
  const source = remoteSources.find((one) => one.line === line && one.word === word);
  if (source?.kind !== "git" || source.by !== "file") return undefined;
  const pin = pins.get(`git:${source.url}`);
  return pin === undefined ? undefined : withCommit(source.url, pin.resolved);
}

/** `address#ref:folder` at a commit. */
function withCommit(url: string, commit: string): string {
  const { address, fragment } = splitFragment(url);
  const colon = fragment.indexOf(":");
  return `${address}#${commit}${colon < 0 ? "" : fragment.slice(colon)}`;
}

/** Addresses that mean the same once BuildKit has expanded them again. */
const plainAddress = /^[\w:/@.,~#?&=%+-]+$/;

function* unheldSources(
  { remoteSources }: Stages,
  place: (line: number) => string,
): Generator<UnheldInput> {
  const urls = new Map<string, Set<string>>();
  for (const { line, word, url } of remoteSources) {
    const key = `${line} ${word}`;
    urls.set(key, (urls.get(key) ?? new Set()).add(url));
  }
  for (const source of remoteSources) {
    const { url, word, line, by, certain } = source;
    const what = `${url === "" ? word : url} (ADD in ${place(line)})`;
    if (!certain) {
      yield { what, why: "a base image whose config is not known may set its variables" };
    } else if (!isFixed(source) && source.kind === "git") {
      const why =
        by === "base-trigger"
          ? "an ONBUILD trigger of a base image fetches it"
          : (urls.get(`${line} ${word}`)?.size ?? 0) > 1
            ? "the same instruction fetches several addresses"
            : plainAddress.test(url)
              ? undefined
              : "its address has characters that cannot be written into the Dockerfile";
      if (why !== undefined) yield { what, why };
    }
  }
}

function triggerContexts(
  { imageUses, stageNames }: Stages,
  pins: ReadonlyMap<string, Resolved>,
): Record<string, string> {
  return Object.fromEntries(
    imageUses
      .filter(({ ref, by }) => by === "base-trigger" && !stageNames.has(familiarName(ref)))
      .flatMap(({ ref }) => {
        const pinned = pinnedImage(ref, pins);
        return pinned === undefined ? [] : [[ref, `docker-image://${pinned}`]];
      }),
  );
}

function pinnedContexts(
  contexts: Readonly<Record<string, string>>,
  pins: ReadonlyMap<string, Resolved>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contexts).map(([name, value]) => [name, pinnedContext(value, pins) ?? value]),
  );
}

function pinnedContext(value: string, pins: ReadonlyMap<string, Resolved>): string | undefined {
  const moving = movingContext(value);
  if (moving === undefined) return undefined;
  const address = parseContextAddress(value);
  if (address.kind === "image") {
    const pinned = pinnedImage(address.ref, pins);
    return pinned === undefined ? undefined : `docker-image://${pinned}`;
  }
  const pin = pins.get(pinKey(moving));
  if (pin === undefined) return undefined;
  if (address.kind === "git") return withCommit(value, pin.resolved);
  return address.kind === "layout" && address.digest === undefined
    ? `${value}@${pin.resolved}`
    : undefined;
}
