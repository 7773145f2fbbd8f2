import type { Stages } from "../dockerfile/stages.ts";
import { parseReference } from "../oci/reference.ts";
import type { Pin } from "./plan.ts";

/** What finds out what a moving input is now. Gives null and a note where that fails. */
export type ResolvePin = (
  kind: Pin["kind"],
  ref: string,
) => Promise<{ readonly resolved: string | null; readonly note?: string }>;

/** The moving inputs of a Dockerfile: base images, the syntax image, what ADD fetches. */
export function movingInputs(stages: Stages): readonly { kind: Pin["kind"]; ref: string }[] {
  const images = stages.images.map(({ ref }) => ({ kind: "image" as const, ref }));
  const syntax =
    stages.syntax === undefined ? [] : [{ kind: "syntax" as const, ref: stages.syntax.ref }];
  const remotes = stages.remoteSources
    .filter(({ checksum, unset }) => checksum === undefined && unset.length === 0)
    .map(({ kind, url }) => ({ kind, ref: url }));
  return [...images, ...syntax, ...remotes];
}

/** Resolves each moving input once, all at the same time. */
export async function resolvePins(
  inputs: readonly { kind: Pin["kind"]; ref: string }[],
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

/** The pins that a Dockerfile's stages read. */
export function pinsOf(stages: Stages, pins: readonly Pin[]): readonly Pin[] {
  const read = new Set(movingInputs(stages).map(pinKey));
  return pins.filter((pin) => read.has(pinKey(pin)));
}

/** Tells two moving inputs apart. */
export function pinKey({ kind, ref }: { kind: Pin["kind"]; ref: string }): string {
  return `${kind}:${ref}`;
}

/**
 * How BuildKit is held to the pins: named contexts for base images, and the syntax image's
 * digest as `BUILDKIT_SYNTAX`. A reference that names its digest needs no pin.
 */
export function pinsForEngine(pins: readonly Pin[]): {
  readonly contexts: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string>>;
} {
  const moving = pins.filter((pin) => pin.resolved !== null && !pin.ref.includes("@"));
  const contexts = moving
    .filter(({ kind }) => kind === "image")
    .map(
      ({ ref, resolved }) => [ref, `docker-image://${withDigest(ref, resolved ?? "")}`] as const,
    );
  const syntax = moving.find(({ kind }) => kind === "syntax");
  const args: Record<string, string> =
    syntax === undefined ? {} : { BUILDKIT_SYNTAX: withDigest(syntax.ref, syntax.resolved ?? "") };
  return { contexts: Object.fromEntries(contexts), args };
}

function withDigest(ref: string, digest: string): string {
  const { host, path } = parseReference(ref);
  const tag = parseReference(ref).tag ?? "latest";
  return `${host}/${path}:${tag}@${digest}`;
}
