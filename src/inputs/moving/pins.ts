import type { Sbom } from "../../config/config.ts";
import type { BaseConfig } from "../../dockerfile/stages/triggers.ts";
import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import type { RemoteSource } from "../../dockerfile/stages/found.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import type { LegInputs } from "../leg-inputs.ts";

/** A moving input as plan found it. */
export interface Pin {
  readonly kind: "image" | "syntax" | "layout" | "http" | "git";
  /** As it is written: `busybox:1`, `docker/dockerfile:1`, `oci-layout://base`, a URL. */
  readonly ref: string;
  /** The digest or commit; null if it could not be resolved, and `ref` goes to the engine as written. */
  readonly resolved: string | null;
  readonly note?: string;
  /** Of a base image whose config was read, by platform: what it adds to a Dockerfile. */
  readonly configs?: Readonly<Record<string, BaseConfig>>;
}

/** Resolves a moving input. Returns null and a note if that fails. */
export type ResolvePin = (
  kind: Pin["kind"],
  ref: string,
) => Promise<{ readonly resolved: string | null; readonly note?: string }>;

/** What a note ends with that says first why the input was not resolved. */
export const usedAsWritten = "; the engine uses it as written";

/** Identifies a moving input. */
export type MovingInput = Pick<Pin, "kind" | "ref">;

/**
 * The moving inputs of a leg, as BuildKit resolves them: images of FROM, `--from` and mounts, in
 * the file and in its base images' triggers; the syntax image; named contexts that are read; and
 * what ADD fetches.
 */
export function movingInputs({ stages, recipe }: LegInputs): readonly MovingInput[] {
  const images = stages.images.map(({ ref }) => ({ kind: "image" as const, ref }));
  const syntax =
    stages.syntax === undefined ? [] : [{ kind: "syntax" as const, ref: stages.syntax.ref }];
  const remotes = stages.remoteSources
    .filter((source) => source.certain && !isFixed(source))
    .map(({ kind, url }) => ({ kind, ref: url }));
  const generator = sbomGenerator(recipe.sbom);
  const scanner = generator === undefined ? [] : [{ kind: "image" as const, ref: generator }];
  const contexts = contextInputs(stages, recipe.contexts);
  return [...images, ...contexts, ...syntax, ...remotes, ...scanner];
}

/** BuildKit's default SBOM generator (frontend/attestations/parse.go). */
const defaultGenerator = "docker/buildkit-syft-scanner:stable-1";

/** The image that makes the SBOM; undefined if there is none. */
export function sbomGenerator(sbom: Sbom): string | undefined {
  if (typeof sbom === "object") return sbom.generator;
  return sbom ? defaultGenerator : undefined;
}

/** Whether ADD's `--checksum` is complete: a short commit may become ambiguous. */
export function isFixed({ kind, checksum }: Pick<RemoteSource, "kind" | "checksum">): boolean {
  if (checksum === undefined) return false;
  return kind === "http" || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum);
}

/** Named contexts that are read and are not folders. */
function contextInputs(
  stages: Stages,
  contexts: Readonly<Record<string, string>>,
): readonly MovingInput[] {
  const read = new Set(stages.contexts);
  return Object.entries(contexts)
    .filter(([name]) => read.has(familiarName(name)))
    .flatMap(([, value]) => movingContext(value) ?? []);
}

/** The moving input that a named context is; undefined for a folder, whose files are hashed. */
export function movingContext(value: string): MovingInput | undefined {
  const address = parseContextAddress(value);
  switch (address.kind) {
    case "folder":
    case "variant":
    case "other":
      return undefined;
    case "image":
      return { kind: "image", ref: address.ref };
    case "layout":
      return { kind: "layout", ref: value };
    case "git":
    case "http":
      return { kind: address.kind, ref: address.url };
  }
}

/** Resolves each moving input once, all concurrently. */
export async function resolvePins(
  inputs: readonly MovingInput[],
  resolve: ResolvePin,
): Promise<readonly Pin[]> {
  const unique = new Map(inputs.map((input) => [pinKey(input), input]));
  return Promise.all(
    [...unique.values()].map(async ({ kind, ref }) => ({
      kind,
      ref,
      ...(await resolve(kind, ref)),
    })),
  );
}

/** The pins that a leg reads. */
export function pinsOf(inputs: LegInputs, pins: readonly Pin[]): readonly Pin[] {
  const read = new Set(movingInputs(inputs).map(pinKey));
  return pins.filter((pin) => read.has(pinKey(pin)));
}

/** The key of a moving input: two spellings of one image have the same. */
export function pinKey({ kind, ref }: MovingInput): string {
  return `${kind}:${kind === "image" ? familiarName(ref) : ref}`;
}
