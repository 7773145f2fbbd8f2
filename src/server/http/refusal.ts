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

/** Any answer other than success. It is sent to the client, so it is not a LayerkeepError. */
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

/** A 405 that names the allowed methods. */
export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  return new Refusal(405, "UNSUPPORTED", `${method} is not supported here`, {
    headers: { allow: allowed.join(", ") },
  });
}

/** The refusal for an error that a route threw, unless it is one already. */
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
      return new Refusal(500, "UNKNOWN", "the registry failed (see its log)", { cause });
  }
}

/** The spec has no code for it. A 507 is exact, and clients do not retry it blindly. */
export function diskFull(cause?: unknown): Refusal {
  const message = `no space left on the registry's disk: delete images, or run \`layerkeep registry collect\``;
  return new Refusal(507, "UNKNOWN", message, { cause });
}

/** Whether the disk, or this user's quota on it, is full. */
export function isNoSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(systemCodeOf(error) ?? "");
}
