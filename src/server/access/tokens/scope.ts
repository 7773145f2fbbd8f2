import { isRepositoryPath } from "../../../oci/reference.ts";
import { Refusal } from "../../http/refusal.ts";
import { type Action, actions, type Rights } from "../rights/rights.ts";

/** Actions in one repository. A catalog scope has no actions. */
export type Scope =
  | { readonly type: "repository"; readonly name: string; readonly actions: readonly Action[] }
  | { readonly type: "catalog" };

/** With more scopes, a token would not fit into a request's header. */
const mostScopes = 20;
const catalog = "registry:catalog:*";

/**
 * Parses requested scopes: the distribution project's token specification, "scope". They are
 * separated by spaces or given as several parameters. Unknown types and invalid repository names
 * are dropped; `*` means every action. Throws a refusal if there are too many.
 */
export function parseScopes(texts: readonly string[]): readonly Scope[] {
  const words = texts.flatMap((text) => text.split(" ")).filter((word) => word !== "");
  if (words.length > mostScopes) {
    throw new Refusal(400, "UNSUPPORTED", `a token can have at most ${mostScopes} scopes`);
  }
  const byName = new Map<string, Set<Action>>();
  for (const word of words) {
    const [, name = "", list = ""] = /^repository:(.*):([^:]*)$/.exec(word) ?? [];
    if (!isRepositoryPath(name)) continue;
    const wanted = list.split(",");
    const known = actions.filter((action) => wanted.includes(action) || wanted.includes("*"));
    byName.set(name, new Set([...(byName.get(name) ?? []), ...known]));
  }
  return [
    ...[...byName].map(
      ([name, wanted]): Scope => ({
        type: "repository",
        name,
        actions: actions.filter((action) => wanted.has(action)),
      }),
    ),
    ...(words.includes(catalog) ? [{ type: "catalog" } as const] : []),
  ];
}

/** The part of the requested scopes that the user has a right to. */
export function grantedOf(
  scopes: readonly Scope[],
  user: string | undefined,
  rights: Rights,
): readonly Scope[] {
  return scopes
    .map((scope) =>
      scope.type === "catalog"
        ? scope
        : {
            ...scope,
            actions: scope.actions.filter((action) => rights.may(user, scope.name, action)),
          },
    )
    .filter((scope) => scope.type === "catalog" || scope.actions.length > 0);
}

/** Formats scopes as `repository:acme/app:pull,push`, separated by spaces. */
export function formatScopes(scopes: readonly Scope[]): string {
  return scopes
    .map((scope) =>
      scope.type === "catalog" ? catalog : `repository:${scope.name}:${scope.actions.join(",")}`,
    )
    .join(" ");
}
