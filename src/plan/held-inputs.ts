import { parseContextAddress } from "../dockerfile/context-address.ts";
import { familiarName } from "../dockerfile/image-name.ts";
import { renameSources } from "../dockerfile/rewrite.ts";
import type { Stages } from "../dockerfile/stages.ts";
import { parseReference } from "../oci/reference.ts";
import type { LegInputs } from "./leg-inputs.ts";
import { isFixed, movingContext, pinKey, pinsOf } from "./pins.ts";
import type { Pin } from "./plan.ts";

/** What the engine is given so that it builds from a leg's pins and from nothing else. */
export interface HeldInputs {
  /** The Dockerfile's text, with digests and commits in it. Line numbers are those of the file. */
  readonly dockerfile: string;
  /** Named contexts; folders as they are written in the config. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Arguments beside the leg's own. */
  readonly args: Readonly<Record<string, string>>;
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
  const { stages, recipe, file } = inputs;
  const pins = resolvedPins(inputs, allPins);
  const renamed = new Map<string, string>();
  const remember = (to: string | undefined, from: string): string | undefined => {
    if (to !== undefined) renamed.set(to, from);
    return to;
  };
  const used = new Set(
    stages.imageUses.filter(({ by }) => by === "file").map(({ ref, line }) => `${line} ${ref}`),
  );
  const froms = new Map(stages.reached.map(({ line, from }) => [line, from]));
  const dockerfile = renameSources(file.text, file.dockerfile, froms, {
    image: (ref, line) =>
      used.has(`${line} ${ref}`) ? remember(pinnedImage(ref, pins), ref) : undefined,
    source: (word, line) => remember(pinnedSource(stages, word, line, pins), word),
  });
  const syntax = stages.syntax === undefined ? undefined : pins.get(`syntax:${stages.syntax.ref}`);
  return {
    dockerfile,
    contexts: { ...triggerContexts(stages, pins), ...pinnedContexts(recipe.contexts, pins) },
    args: {
      ...stages.machineArgs,
      ...(syntax === undefined || isPinned(syntax.ref)
        ? {}
        : { BUILDKIT_SYNTAX: withDigest(syntax.ref, syntax.resolved) }),
    },
    renamed,
  };
}

/** What of a leg's inputs moves and cannot be held. A leg with any of it is never reused. */
export function unheldInputs(inputs: LegInputs, allPins: readonly Pin[]): readonly UnheldInput[] {
  const { stages, recipe } = inputs;
  const place = (line: number): string => `${recipe.dockerfile}:${line}`;
  const pins = pinsOf(inputs, allPins);
  const unresolved = pins.filter(({ resolved }) => resolved === null);
  const unknown = stages.unknown.map(({ why, line, base }) => ({ what: base ?? place(line), why }));
  return [
    ...unresolved.map(({ ref, note = "it could not be resolved" }) => ({ what: ref, why: note })),
    ...unknown,
    ...unheldSources(stages, place),
    ...stages.imageUses
      .filter(({ ref, by }) => by === "base-trigger" && stages.stageNames.has(familiarName(ref)))
      .map(({ ref, line }) => ({
        what: ref,
        why: `an ONBUILD trigger of the base image in ${place(line)} names it, and a stage of this file has the same name`,
      })),
  ];
}

type Resolved = Pin & { readonly resolved: string };

function resolvedPins(inputs: LegInputs, all: readonly Pin[]): ReadonlyMap<string, Resolved> {
  const found = pinsOf(inputs, all).flatMap((pin): readonly [string, Resolved][] =>
    pin.resolved === null
      ? []
      : [
          [
            pinKey(pin.kind === "image" ? imageKey(pin.ref) : pin),
            { ...pin, resolved: pin.resolved },
          ],
        ],
  );
  return new Map(found);
}

/** Two spellings of one image have one pin. */
function imageKey(ref: string): Pick<Pin, "kind" | "ref"> {
  return { kind: "image", ref: familiarName(ref) };
}

/** The image with its digest; undefined if it has one already, or none is known. */
function pinnedImage(ref: string, pins: ReadonlyMap<string, Resolved>): string | undefined {
  const pin = pins.get(pinKey(imageKey(ref)));
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
  const [address = "", fragment = ""] = url.split("#", 2);
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
