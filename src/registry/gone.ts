import { RegistryError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";

/** The source has lost what a manifest of it refers to, or the manifest itself. */
export class GoneError extends RegistryError {
  readonly digest: Digest;

  constructor(repository: Repository, digest: Digest, what: "manifest" | "blob", cause?: unknown) {
    super({
      method: "GET",
      url: `${formatRepository(repository)}@${digest}`,
      status: 404,
      reason: `the ${what} is gone from the repository`,
      hint: "something deletes from that repository: build again what is missing, and see what cleans up there",
      cause,
    });
    this.digest = digest;
  }
}
