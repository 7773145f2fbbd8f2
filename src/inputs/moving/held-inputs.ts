import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import type { LegInputs } from "../leg-inputs.ts";
import { pinDockerfile } from "./pinned-dockerfile.ts";
import {
  isPinned,
  pinnedImage,
  type ResolvedPins,
  resolvedPins,
  withCommit,
  withDigest,
} from "./pinned-names.ts";
import {
  type Pin,
  isFixed,
  movingContext,
  movingInputs,
  pinKey,
  pinsOf,
  sbomGenerator,
} from "./pins.ts";

/** What the engine receives so that it builds only from a leg's pins. */
export interface HeldInputs {
  /** The Dockerfile's text, with digests and commits in it. Line numbers are those of the file. */
  readonly dockerfile: string;
  /** Named contexts; folders as written in the config. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Arguments in addition to the leg's own. */
  readonly args: Readonly<Record<string, string>>;
  /** The image that makes the SBOM, with its digest if that is known; undefined: no SBOM. */
  readonly sbomGenerator: string | undefined;
  /** Image names that were changed in the Dockerfile, from new to old: steps use the new ones. */
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
 * context with an image's name would also replace a stage of that name, and drop its instructions
 * (BuildKit: frontend/dockerfile/dockerfile2llb, docker/buildx#904). An image that only a base
 * image's trigger names becomes a named context anyway, if no stage has its name.
 */
export function holdInputs(inputs: LegInputs, allPins: readonly Pin[]): HeldInputs {
  const { stages, recipe } = inputs;
  const pins = resolvedPins(inputs, allPins);
  const { text, renamed } = pinDockerfile(inputs, pins);
  const syntax = stages.syntax === undefined ? undefined : pins.get(`syntax:${stages.syntax.ref}`);
  const generator = sbomGenerator(recipe.sbom);
  const overruled = new Set(stages.overruledArgs);
  const machine = Object.entries(stages.machineArgs).filter(([name]) => !overruled.has(name));
  return {
    dockerfile: text,
    contexts: { ...triggerContexts(stages, pins), ...pinnedContexts(recipe.contexts, pins) },
    args: {
      ...Object.fromEntries(machine),
      ...(syntax === undefined || isPinned(syntax.ref)
        ? {}
        : { BUILDKIT_SYNTAX: withDigest(syntax.ref, syntax.resolved) }),
    },
    sbomGenerator: generator && (pinnedImage(generator, pins) ?? generator),
    renamed,
  };
}

/** The moving inputs of a leg that cannot be held. A leg with any of them is never reused. */
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
      why: "its value comes from the build machine in one stage, but from a default in another",
    })),
    ...stages.imageUses
      .filter(({ ref, by }) => by === "base-trigger" && stages.stageNames.has(familiarName(ref)))
      .map(({ ref, line }) => ({
        what: ref,
        why: `an ONBUILD trigger of the base image in ${place(line)} uses it, but a stage in this file has the same name`,
      })),
    ...pinDockerfile(inputs, resolvedPins(inputs, allPins)).missed.map((line) => ({
      what: place(line),
      why: "the digest cannot be written into this instruction",
    })),
    ...(readsMore(file.policy)
      ? [
          {
            what: `${recipe.dockerfile}.rego`,
            why: "the policy calls functions whose results can change (files, network, time)",
          },
        ]
      : []),
  ];
}

/**
 * Functions with which a policy reads files, uses the network or changes sources (buildx:
 * policy/funcs.go; OPA's built-ins).
 */
function readsMore(policy: string | undefined): boolean {
  return /\b(?:load_\w+|pin_\w+|verify_\w+|\w+_attestations?|http\.send|net\.\w+|opa\.runtime|time\.now_ns|rand\.\w+|uuid\.\w+)\b/.test(
    policy ?? "",
  );
}

/** Addresses that keep their meaning when BuildKit expands them again. */
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
      yield {
        what,
        why: "a base image with an unknown config might set variables that the address uses",
      };
    } else if (!isFixed(source) && source.kind === "git") {
      const why =
        by === "base-trigger"
          ? "an ONBUILD trigger of a base image fetches it"
          : (urls.get(`${line} ${word}`)?.size ?? 0) > 1
            ? "the same instruction fetches multiple addresses"
            : plainAddress.test(url)
              ? undefined
              : "its address contains characters that cannot be written into the Dockerfile";
      if (why !== undefined) yield { what, why };
    }
  }
}

function triggerContexts(
  { imageUses, stageNames }: Stages,
  pins: ResolvedPins,
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
  pins: ResolvedPins,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contexts).map(([name, value]) => [name, pinnedContext(value, pins) ?? value]),
  );
}

function pinnedContext(value: string, pins: ResolvedPins): string | undefined {
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
