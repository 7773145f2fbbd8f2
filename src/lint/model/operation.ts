import type { Text, Tri } from "../expressions/value.ts";
import type { Span } from "../yaml/node.ts";
import type { Field } from "./field.ts";

/** What a step does with images and caches. */
export type Operation = Build | Push | Merge | Login | Upload | Download;

/** What all kinds have in common. */
interface InStep {
  readonly span: Span;
  /** Whether the script that it is in may skip it: after a condition that only a run can tell. */
  readonly conditional?: true;
}

/** An image build. Of a bake file, one for each target. */
export interface Build extends InStep {
  readonly kind: "build";
  /** `build-push-action`, `bake-action`, `docker build`, … */
  readonly tool: string;
  /** The context; undefined if it is the whole repository at the run's commit. */
  readonly context: Field | undefined;
  readonly dockerfile: Field | undefined;
  readonly target: Field | undefined;
  /** Empty for the builder's own platform. */
  readonly platforms: readonly Field[];
  readonly tags: readonly Field[];
  readonly buildArgs: readonly BuildArg[];
  readonly push: Tri;
  /** Whether every step runs again, whatever the caches hold. */
  readonly noCache: Tri;
  readonly outputs: readonly Settings[];
  readonly cacheFrom: readonly Settings[];
  readonly cacheTo: readonly Settings[];
  readonly provenance: Field | undefined;
  readonly sbom: Field | undefined;
  /** The other options of a command line, by their long names: `secret`, `label`, `network`, … */
  readonly options?: ReadonlyMap<string, readonly Field[]>;
  /** Whether it is only built as a context of other targets of its bake file. */
  readonly linked?: true;
  /** What could not be read of it, one reason each. */
  readonly opaque: readonly string[];
}

export interface BuildArg extends Field {
  readonly name: string;
}

/** A value such as `type=registry,ref=…,mode=max`. */
export interface Settings extends Field {
  /** `registry`, `gha`, `image`, …; undefined if only a run can tell. */
  readonly type: string | undefined;
  readonly attributes: ReadonlyMap<string, Text>;
}

/** `docker push`, `skopeo copy` and the like. */
export interface Push extends InStep {
  readonly kind: "push";
  readonly reference: Text;
  /** Whether all tags of the reference's repository are pushed. */
  readonly allTags?: true;
}

/** Images of several platforms made one: `docker buildx imagetools create`, `docker manifest`. */
export interface Merge extends InStep {
  readonly kind: "merge";
  readonly tags: readonly Text[];
  readonly sources: readonly Text[];
}

interface Login extends InStep {
  readonly kind: "login";
  /** `docker.io` if none is named. */
  readonly registry: Text;
}

/** An artifact that is kept for another job. */
export interface Upload extends InStep {
  readonly kind: "upload";
  readonly name: Field;
}

export interface Download extends InStep {
  readonly kind: "download";
  readonly name: Field | undefined;
  readonly pattern: Field | undefined;
}
