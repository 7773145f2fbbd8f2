import type { Digest } from "../../oci/digest.ts";
import { countHolders } from "./judge-tags.ts";
import type { SurveyedTag } from "./survey.ts";

/** Counts the bytes that tags lead to, each blob once, as tags are dropped one by one. */
export class Size {
  bytes: number;
  readonly #holders: Map<Digest, number>;

  constructor(tags: readonly SurveyedTag[]) {
    this.bytes = bytesOf(tags);
    this.#holders = countHolders(tags);
  }

  drop({ content }: SurveyedTag): void {
    for (const { digest, size } of content) {
      const left = (this.#holders.get(digest) ?? 0) - 1;
      this.#holders.set(digest, left);
      if (left === 0) this.bytes -= size;
    }
  }
}

/** Bytes that tags lead to, each blob once. */
export function bytesOf(tags: readonly SurveyedTag[]): number {
  const sizes = new Map(tags.flatMap((it) => it.content.map((one) => [one.digest, one.size])));
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}
