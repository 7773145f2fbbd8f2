import type { LayerkeepError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { MoveQuestion } from "../../plan/tags/tag-order.ts";
import type { RegistryClient } from "../../registry/client.ts";

export interface PublishOptions {
  readonly client: RegistryClient;
  /** Names; all variants of the plan where none are given. */
  readonly variants?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Tags move even where that is backwards. */
  readonly rollback?: boolean | undefined;
  /** Everything is read and decided, nothing is written. */
  readonly dryRun?: boolean | undefined;
  /** Whether commit `a` is an ancestor of commit `b`. */
  readonly ancestry: (a: string, b: string) => Promise<"yes" | "no" | "unknown">;
  readonly onEvent: (event: PublishEvent) => void;
}

export type Ancestry = MoveQuestion["ancestry"];

/** What happens while variants are published, for a display. */
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
      /** Of the blob, whether they moved or not. */
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
  /** Of the image in the first target; the same in all whose shape and annotations are. Undefined where it failed earlier. */
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
  /** What it pointed at before; undefined where it is new. */
  readonly before: Digest | undefined;
  /** Someone else moved it after us, to this digest; null where they deleted it. */
  readonly overtakenBy?: Digest | null;
}
