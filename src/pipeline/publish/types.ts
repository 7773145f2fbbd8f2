import type { LayerkeepError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { MoveQuestion } from "../../plan/tags/tag-order.ts";
import type { RegistryClient } from "../../registry/client.ts";

export interface PublishOptions {
  readonly client: RegistryClient;
  /** Variant names; empty for all variants of the plan. */
  readonly variants?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Tags may move backwards. */
  readonly rollback?: boolean | undefined;
  /** Everything is read and decided, but nothing is written. */
  readonly dryRun?: boolean | undefined;
  /** Whether commit `a` is an ancestor of commit `b`. */
  readonly ancestry: (a: string, b: string) => Promise<"yes" | "no" | "unknown">;
  readonly onEvent: (event: PublishEvent) => void;
}

export type Ancestry = MoveQuestion["ancestry"];

/** Events during publishing, for a display. */
export type PublishEvent =
  | { readonly kind: "started"; readonly variant: string }
  | {
      readonly kind: "resolved";
      readonly variant: string;
      readonly leg: string;
      readonly digest: Digest;
    }
  | {
      readonly kind: "blob";
      readonly variant: string;
      readonly repository: string;
      readonly how: "mounted" | "copied" | "there";
      /** Size of the blob, whether it was transferred or not. */
      readonly bytes: number;
    }
  | { readonly kind: "again"; readonly variant: string; readonly reason: string }
  | {
      readonly kind: "tag";
      readonly variant: string;
      readonly repository: string;
      readonly tag: PublishedTag;
    }
  | { readonly kind: "ended"; readonly variant: string; readonly result: PublishResult };

export interface PublishResult {
  readonly variant: string;
  /**
   * The image's digest in the first target, and in every other with the same shape and annotations.
   * Undefined if an earlier step failed.
   */
  readonly digest: Digest | undefined;
  readonly targets: readonly PublishedTarget[];
  /** Why the variant, or a part of it, was not published. */
  readonly error: Error | LayerkeepError | undefined;
}

export interface PublishedTarget {
  /** `host/path`. */
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly PublishedTag[];
  readonly blobsMounted: number;
  readonly blobsCopied: number;
  readonly bytesCopied: number;
}

export interface PublishedTag {
  readonly tag: string;
  /** Whether it was written; in a dry run, whether it would be. */
  readonly moved: boolean;
  /** One sentence: why. */
  readonly reason: string;
  /** What it pointed at before; undefined if the tag is new. */
  readonly before: Digest | undefined;
  /** The digest that someone else moved it to after us; null if they deleted it. */
  readonly overtakenBy?: Digest | null;
}
