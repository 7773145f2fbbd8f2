import type { Digest } from "../../oci/digest.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { Refusal } from "../http/refusal.ts";
import { matchesEtag } from "./blobs.ts";

/** Whether a request that writes says what has to be there (RFC 9110, 13.1). */
export function isConditional(request: RegistryRequest): boolean {
  return (
    header(request, "if-match") !== undefined || header(request, "if-none-match") !== undefined
  );
}

/** Throws a 412 where a tag names something else than the request says. */
export function requireStanding(request: RegistryRequest, standing: Digest | undefined): void {
  const etag = standing === undefined ? undefined : `"${standing}"`;
  const [wanted, unwanted] = [header(request, "if-match"), header(request, "if-none-match")];
  const holds =
    (wanted === undefined || (etag !== undefined && matchesEtag(wanted, etag))) &&
    (unwanted === undefined || etag === undefined || !matchesEtag(unwanted, etag));
  if (holds) return;
  throw new Refusal(412, "DENIED", "the tag does not name what the request says", {
    detail: { standing: standing ?? null },
  });
}

/** Lets work on the same key run one after another. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work once all that came before it for the key has ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const running = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    this.#last.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === running) this.#last.delete(key);
    }
  }
}
