import { parseReference } from "../../oci/reference.ts";
import type { ContextAddress } from "../context-address.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import { familiarName } from "../image-name.ts";
import { inPlace } from "../parse/place.ts";
import type { UsedCacheMount } from "./cache-mounts.ts";
import type { FileSelection } from "./sources.ts";

/** A stage that the target needs. */
export interface ReachedStage {
  /** 0-based position in the file. */
  readonly index: number;
  readonly name: string | undefined;
  /** What FROM names, expanded. */
  readonly from: string;
  /** The expanded `--platform`. */
  readonly platform: string | undefined;
  /** Indices of the stages that it is built on or copies from, in order of use. */
  readonly links: readonly number[];
  readonly instructions: readonly Instruction[];
  /** What its base's ONBUILD runs first. */
  readonly triggers: readonly Instruction[];
  readonly line: number;
}

/** An image that this file does not build. */
export interface OutsideImage {
  /** As written, expanded. */
  readonly ref: string;
  readonly line: number;
}

/** A place where an outside image is named. */
export interface ImageUse {
  /** As written, expanded. */
  readonly ref: string;
  /** The line where its instruction begins; for a base image's trigger, the line of the FROM. */
  readonly line: number;
  /** Whether this file names it, or an ONBUILD trigger of a base image. */
  readonly by: "file" | "base-trigger";
}

/** A remote source of ADD. */
export interface RemoteSource {
  readonly kind: "http" | "git";
  /** Expanded. */
  readonly url: string;
  /** As written. */
  readonly word: string;
  /** The value of `--checksum`. Such a source cannot change. Undefined if it is empty, too. */
  readonly checksum: string | undefined;
  readonly line: number;
  /**
   * Whether the address and the checksum are known for certain: a base image may set variables in
   * them.
   */
  readonly certain: boolean;
  readonly by: ImageUse["by"];
}

/** Files that an instruction takes from a context. */
export interface ContextSource extends FileSelection {
  /** A named context's familiar name; undefined for the build context. */
  readonly context: string | undefined;
  /** `COPY src`, for messages. */
  readonly label: string;
  /** The word as written: `$DIR/src`. Empty for all files of a context. */
  readonly written: string;
  readonly line: number;
}

/** Why files may be taken that the file does not name. */
export interface UnknownSource {
  /** What is not known, to be shown after the line's number. */
  readonly why: string;
  /** The image whose config would settle it; undefined if no config would. */
  readonly base: string | undefined;
  readonly line: number;
}

/** An image that a reached stage is built on. */
export interface BaseImage {
  /** As FROM names it, expanded; for a named context, its address. */
  readonly ref: string;
  /** The named context that it is, by its familiar name. */
  readonly context: string | undefined;
  readonly platform: string;
  /** Whether its config is known. */
  readonly known: boolean;
  readonly line: number;
}

/** Why something is not known for certain. */
export type Reason = Omit<UnknownSource, "line">;

/** What is taken from a context, or from what replaces it. */
export type TakenFiles = Omit<ContextSource, "context" | "line">;

/** All files of a context. */
export const allFiles = {
  path: "",
  wildcard: false,
  include: undefined,
  exclude: [],
  picked: false,
};

/** What a walk over stages has found. */
export class Found {
  readonly stages = new Set<ReachedStage>();
  /** By familiar name. */
  readonly images = new Map<string, OutsideImage>();
  readonly imageUses: ImageUse[] = [];
  /** By name, context and platform. */
  readonly bases = new Map<string, BaseImage>();
  readonly contexts = new Set<string>();
  /** Arguments that reached stages declare. */
  readonly declared = new Set<string>();
  /** Arguments that a reached stage gives a default. */
  readonly defaulted = new Set<string>();
  /** Stages that a named context replaces. */
  readonly replaced = new Map<number, string>();
  /** Arguments before the first FROM that are used. */
  readonly globals = new Set<string>();
  readonly remotes: RemoteSource[] = [];
  readonly contextSources: ContextSource[] = [];
  readonly cacheMounts: UsedCacheMount[] = [];
  readonly unknown: UnknownSource[] = [];
  readonly #file: string;
  readonly #named: ReadonlyMap<string, ContextAddress>;

  /** Named contexts are keyed by familiar names; the file is for errors. */
  constructor(file: string, named: ReadonlyMap<string, ContextAddress>) {
    this.#file = file;
    this.#named = named;
  }

  /** Records something that only the base image's config settles, or nothing does. */
  notKnown(line: number, reason: Reason): void {
    this.unknown.push({ line, ...reason });
  }

  /**
   * Takes files of the named context, if one has that name: all of them if `taken` is not given.
   */
  takeContext(name: string, line: number, taken?: () => readonly TakenFiles[]): boolean {
    const context = familiarName(name);
    if (!this.#named.has(context)) return false;
    this.contexts.add(context);
    const files = taken?.() ?? [{ ...allFiles, label: labelOf("FROM", name), written: "" }];
    this.contextSources.push(...files.map((file) => ({ context, ...file, line })));
    return true;
  }

  /** Takes nothing for `scratch`, files of a named context, or else an outside image. */
  takeOutside(use: ImageUse, taken: () => readonly TakenFiles[]): void {
    const { ref, line } = use;
    if (ref !== "scratch" && !this.takeContext(ref, line, taken)) this.takeImage(use);
  }

  /** Takes an outside image. Throws a usage error with its place if it is not a reference. */
  takeImage(use: ImageUse): void {
    const { ref, line } = use;
    this.imageUses.push(use);
    inPlace(this.#file, line, () => parseReference(ref));
    const familiar = familiarName(ref);
    if (!this.images.has(familiar)) this.images.set(familiar, { ref, line });
  }
}

/** How a message names what an instruction takes. */
export function labelOf(keyword: string, word: string): string {
  return keyword === "RUN" ? `RUN --mount of ${word}` : `${keyword} ${word}`;
}
