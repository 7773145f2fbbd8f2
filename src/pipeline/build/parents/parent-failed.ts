import { LayerkeepError } from "../../../errors.ts";

/** A leg was not built, since one that it is built on failed. The parent's own result says why. */
export class ParentFailedError extends LayerkeepError {
  readonly code = "parent";

  constructor(parent: string) {
    super(`not built because ${parent} failed`);
  }
}
