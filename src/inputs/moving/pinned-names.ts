import { splitFragment } from "../../dockerfile/remote-source.ts";
import { parseReference } from "../../oci/reference.ts";
import type { LegInputs } from "../leg-inputs.ts";
import { type Pin, pinKey, pinsOf } from "./pins.ts";

/** A resolved pin. */
type Resolved = Pin & { readonly resolved: string };

/** By `pinKey`. */
export type ResolvedPins = ReadonlyMap<string, Resolved>;

/** The pins that a leg reads, without unresolved ones. */
export function resolvedPins(inputs: LegInputs, all: readonly Pin[]): ResolvedPins {
  const found = pinsOf(inputs, all).flatMap((pin): readonly [string, Resolved][] =>
    pin.resolved === null ? [] : [[pinKey(pin), { ...pin, resolved: pin.resolved }]],
  );
  return new Map(found);
}

/** The image with its digest; undefined if it already has one, or none is known. */
export function pinnedImage(ref: string, pins: ResolvedPins): string | undefined {
  const pin = pins.get(pinKey({ kind: "image", ref }));
  return pin === undefined || isPinned(ref) ? undefined : withDigest(ref, pin.resolved);
}

/** Whether a reference has a digest. */
export function isPinned(ref: string): boolean {
  return ref.includes("@");
}

/** As written, so that the provenance and the steps use the user's name for it. */
export function withDigest(ref: string, digest: string): string {
  const tagged = parseReference(ref).tag === undefined ? `${ref}:latest` : ref;
  return `${tagged}@${digest}`;
}

/** `address#ref:folder` at a commit. */
export function withCommit(url: string, commit: string): string {
  const { address, fragment } = splitFragment(url);
  const colon = fragment.indexOf(":");
  return `${address}#${commit}${colon < 0 ? "" : fragment.slice(colon)}`;
}
