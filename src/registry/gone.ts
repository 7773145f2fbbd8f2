import { RegistryError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";

/** A manifest, or something that it refers to, is missing from the source. */
export class GoneError extends RegistryError {
  readonly digest: Digest;

  constructor(repository: Repository, digest: Digest, what: "manifest" | "blob", cause?: unknown) {
    super({
      method: "GET",
      url: `${formatRepository(repository)}@${digest}`,
      status: 404,
      reason: `the ${what} is missing from the repository`,
      hint: "rebuild what is missing, and check the cleanup rules of the repository",
      cause,
    });
    this.digest = digest;
  }
}
