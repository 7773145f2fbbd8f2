import type { Digest } from "../../oci/digest.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { Refusal } from "../http/refusal.ts";
import { matchesEtag } from "./blobs.ts";

/** Whether a write request has a precondition (RFC 9110, 13.1). */
export function isConditional(request: RegistryRequest): boolean {
  return (
    header(request, "if-match") !== undefined || header(request, "if-none-match") !== undefined
  );
}

/** Throws a 412 if the tag's current manifest does not meet the request's precondition. */
export function requireStanding(request: RegistryRequest, standing: Digest | undefined): void {
  const etag = standing === undefined ? undefined : `"${standing}"`;
  const [wanted, unwanted] = [header(request, "if-match"), header(request, "if-none-match")];
  const holds =
    (wanted === undefined || (etag !== undefined && matchesEtag(wanted, etag))) &&
    (unwanted === undefined || etag === undefined || !matchesEtag(unwanted, etag));
  if (holds) return;
  throw new Refusal(412, "DENIED", "the tag does not meet the condition in the request", {
    detail: { standing: standing ?? null },
  });
}

/** Runs work for the same key one after another. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work after all earlier work for the key has ended. */
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
