import type { Digest } from "../oci/digest.ts";

export interface InputSummary {
  readonly digest: Digest;
  /**
   * The parts that the digest covers, by name, for `explain`: `dockerfile`, `context`, `arg:X`,
   * `pin:busybox:1`, …
   */
  readonly parts: Readonly<Record<string, string>>;
}
