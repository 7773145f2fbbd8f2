import { mapping } from "../document/values.ts";

/** What a job's token may do: `read` or `write` by scope. A scope that is missing is `none`. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

const scopes = [
  "actions",
  "attestations",
  "checks",
  "contents",
  "deployments",
  "discussions",
  "id-token",
  "issues",
  "models",
  "packages",
  "pages",
  "pull-requests",
  "repository-projects",
  "security-events",
  "statuses",
];

/** The token of a repository whose settings do not say "read and write permissions". */
export const restricted: Permissions = { contents: "read", packages: "read" };

/** A `permissions` key; undefined if the workflow does not have it. */
export function permissionsOf(value: unknown): Permissions | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "read-all" || value === "write-all") {
    const access = value === "read-all" ? "read" : "write";
    return Object.fromEntries(scopes.map((scope) => [scope, access]));
  }
  return Object.fromEntries(
    Object.entries(mapping(value)).flatMap(([scope, access]) =>
      access === "read" || access === "write" ? [[scope, access]] : [],
    ),
  );
}

/** A fork's pull request never writes, and gets no identity token. */
export function forFork(permissions: Permissions): Permissions {
  return Object.fromEntries(
    Object.keys(permissions)
      .filter((scope) => scope !== "id-token")
      .map((scope) => [scope, "read"]),
  );
}

/** The scopes in which a called workflow's job asks for more than its caller has. */
export function beyond(asked: Permissions, granted: Permissions): readonly string[] {
  return Object.entries(asked)
    .filter(([scope, access]) => granted[scope] !== "write" && granted[scope] !== access)
    .map(([scope, access]) => `${scope}: ${access}`);
}
