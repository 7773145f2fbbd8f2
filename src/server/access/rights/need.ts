import { isRepositoryPath } from "../../../oci/reference.ts";
import type { RegistryRequest } from "../../http/request.ts";
import type { Route } from "../../http/route.ts";
import type { Action } from "./rights.ts";
import type { Scope } from "../tokens/scope.ts";

/** What a request needs, and the scopes to ask for in a token. */
export type Need =
  /** Any valid login: `/v2/` checks for one. */
  | { readonly kind: "login"; readonly scopes: readonly Scope[] }
  /** The catalog, which omits repositories that the user may not see. */
  | { readonly kind: "catalog"; readonly scopes: readonly Scope[] }
  /** Not an endpoint. */
  | { readonly kind: "nothing"; readonly scopes: readonly Scope[] }
  | {
      readonly kind: "action";
      readonly name: string;
      readonly action: Action;
      readonly scopes: readonly Scope[];
    };

/**
 * Reading is `pull`, deleting is `delete`, all else is `push`. Every request to an upload is
 * `push`: reading its state and cancelling it are parts of pushing.
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

/** Clients that push first check whether the content exists, so one token is asked for both. */
function scopeOf(name: string, action: Action): Scope {
  return { type: "repository", name, actions: action === "push" ? ["pull", "push"] : [action] };
}

function mountScopes(request: RegistryRequest, { kind }: Route): readonly Scope[] {
  const from = kind === "uploads" ? request.query.get("from") : null;
  if (from === null || !isRepositoryPath(from)) return [];
  return [{ type: "repository", name: from, actions: ["pull"] }];
}
