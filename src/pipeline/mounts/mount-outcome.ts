/** What became of a cache mount in one build of a leg, as its record has it. */
export interface MountOutcome {
  readonly id: string;
  /**
   * Before the build. `filled`: with what was saved; `same`: the builder had all of it; `unsaved`:
   * there was no cache, but the builder had something; `empty`: neither had anything; `cold`: it
   * starts empty because of `--cold`; `aside`: left alone because it does not pay; `failed`: the
   * builder's own content, since the cache could not be brought.
   */
  readonly before: "filled" | "same" | "unsaved" | "empty" | "cold" | "aside" | "failed";
  /** Bytes of its files, and what was fetched of them; if it was filled. */
  readonly filled?: { readonly bytes: number; readonly fetched: number } | undefined;
  /** The steps that use it and ran to their end, and how long that took. */
  readonly steps: { readonly ran: number; readonly seconds: number };
  /**
   * After the build. `not-run`: no step that uses it ran; `read-only`: this run must not save;
   * `later`: another leg uses it, and saves it; `empty`: there was nothing to save.
   */
  readonly after: "saved" | "not-run" | "read-only" | "later" | "empty" | "aside" | "failed";
  /** Bytes of its files, and what was sent of them; if it was saved. */
  readonly saved?: { readonly bytes: number; readonly sent: number };
  /** What filling and saving took: its share of what several mounts took together. */
  readonly seconds: number;
  /** Seconds by which its steps were faster than in the last build without its content. */
  readonly won?: number;
}

export function isCarried({ before }: Pick<MountOutcome, "before">): boolean {
  return before === "filled" || before === "same" || before === "unsaved";
}
