import { systemCodeOf } from "../../errors.ts";

/** Error codes of the OCI distribution spec 1.1, and two that the CNCF registry added. */
export type RefusalCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNKNOWN"
  | "UNSUPPORTED";

interface RefusalOptions extends ErrorOptions {
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than success. It speaks to the client on the wire, hence no LayerkeepError. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** 405 with what would have been allowed. */
export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  return new Refusal(405, "UNSUPPORTED", `${method} is not supported here`, {
    headers: { allow: allowed.join(", ") },
  });
}

/** The answer to what a route threw, if that is none yet. */
export function refusalOf(cause: unknown): Refusal {
  switch (systemCodeOf(cause)) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(cause);
    case "EMFILE":
    case "ENFILE":
      return new Refusal(503, "TOOMANYREQUESTS", "the registry has too many open files", {
        cause,
        headers: { "retry-after": "1" },
      });
    default:
      return new Refusal(500, "UNKNOWN", "the registry failed; its log says why", { cause });
  }
}

/** The spec has no code for it. 507 says what it is, and clients do not retry it blindly. */
export function diskFull(cause?: unknown): Refusal {
  const message = `no space left on the registry's disk: delete something, or let the registry collect ("layerkeep registry collect")`;
  return new Refusal(507, "UNKNOWN", message, { cause });
}

/** Whether the disk, or what this user may have of it, is full. */
export function isNoSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(systemCodeOf(error) ?? "");
}
