import { isRepositoryPath } from "../../../oci/reference.ts";
import type { RegistryRequest } from "../../http/request.ts";
import type { Route } from "../../http/route.ts";
import type { Action } from "./rights.ts";
import type { Scope } from "../tokens/scope.ts";

/** What a request needs, and what a token for it is to be asked for with. */
export type Need =
  /** To be somebody, which is what `/v2/` is asked for. */
  | { readonly kind: "login"; readonly scopes: readonly Scope[] }
  /** The catalog, which leaves out what is not to be seen. */
  | { readonly kind: "catalog"; readonly scopes: readonly Scope[] }
  /** There is no such endpoint. */
  | { readonly kind: "nothing"; readonly scopes: readonly Scope[] }
  | {
      readonly kind: "action";
      readonly name: string;
      readonly action: Action;
      readonly scopes: readonly Scope[];
    };

/**
 * Reading is `pull`, deleting `delete`, and all else `push`; whatever is done to an upload is
 * `push`, since looking at it and cancelling it are parts of pushing.
 */
export function needOf(request: RegistryRequest, route: Route | undefined): Need {
  if (route === undefined) return { kind: "nothing", scopes: [] };
  switch (route.kind) {
    case "base":
      return { kind: "login", scopes: [] };
    case "catalog":
      return { kind: "catalog", scopes: [{ type: "catalog" }] };
    default: {
      const isUpload = route.kind === "uploads" || route.kind === "upload";
      const action = isUpload ? "push" : actionOf(request.method);
      const scopes = [scopeOf(route.name, action), ...mountScopes(request, route)];
      return { kind: "action", name: route.name, action, scopes };
    }
  }
}

function actionOf(method: string): Action {
  if (method === "GET" || method === "HEAD") return "pull";
  return method === "DELETE" ? "delete" : "push";
}

/** Who pushes looks first whether it is there, so that one token is asked for both. */
function scopeOf(name: string, action: Action): Scope {
  return { type: "repository", name, actions: action === "push" ? ["pull", "push"] : [action] };
}

function mountScopes(request: RegistryRequest, { kind }: Route): readonly Scope[] {
  const from = kind === "uploads" ? request.query.get("from") : null;
  if (from === null || !isRepositoryPath(from)) return [];
  return [{ type: "repository", name: from, actions: ["pull"] }];
}
