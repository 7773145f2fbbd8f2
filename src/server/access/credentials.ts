import { header, type RegistryRequest } from "../http/request.ts";

/** The credentials that a request carries. */
export type Shown =
  | { readonly kind: "nothing" }
  | { readonly kind: "basic"; readonly user: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  /** Neither a password nor a token. */
  | { readonly kind: "other" };

/** Reads the `Authorization` header of a request: RFC 7617, RFC 6750. */
export function shownBy(request: RegistryRequest): Shown {
  const value = header(request, "authorization")?.trim() ?? "";
  if (value === "") return { kind: "nothing" };
  const [, scheme = "", given = ""] = /^(\S+) +([^\s]+)$/.exec(value) ?? [];
  switch (scheme.toLowerCase()) {
    case "basic": {
      const pair = /^[A-Za-z0-9+/=_-]+$/.test(given)
        ? Buffer.from(given, "base64").toString("utf8")
        : "";
      const colon = pair.indexOf(":");
      // containers/image answers a challenge with this if it has no credentials.
      if (pair === ":") return { kind: "nothing" };
      if (colon < 0) return { kind: "other" };
      return { kind: "basic", user: pair.slice(0, colon), password: pair.slice(colon + 1) };
    }
    case "bearer":
      return { kind: "bearer", token: given };
    default:
      return { kind: "other" };
  }
}
