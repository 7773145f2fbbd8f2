import { isRepositoryPath } from "../../../oci/reference.ts";
import { Refusal } from "../../http/refusal.ts";
import { type Action, actions, type Rights } from "../rights/rights.ts";

/** What may be done in one repository; of the catalog there is only whether it is asked for. */
export type Scope =
  | { readonly type: "repository"; readonly name: string; readonly actions: readonly Action[] }
  | { readonly type: "catalog" };

/** More would not fit into a request's head once they are in a token. */
const mostScopes = 20;
const catalog = "registry:catalog:*";

/**
 * What a token is asked for: the distribution project's token specification, "scope". Several are
 * apart by spaces or given again. Those of kinds that we do not have are left out, as are names
 * that no repository can have; `*` is every action. Throws a refusal where there are too many.
 */
export function parseScopes(texts: readonly string[]): readonly Scope[] {
  const words = texts.flatMap((text) => text.split(" ")).filter((word) => word !== "");
  if (words.length > mostScopes) {
    throw new Refusal(400, "UNSUPPORTED", `a token has at most ${mostScopes} scopes`);
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

/** As much of what is asked for as there is a right to. */
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

/** `repository:acme/app:pull,push`, several apart by spaces. */
export function formatScopes(scopes: readonly Scope[]): string {
  return scopes
    .map((scope) =>
      scope.type === "catalog" ? catalog : `repository:${scope.name}:${scope.actions.join(",")}`,
    )
    .join(" ");
}
