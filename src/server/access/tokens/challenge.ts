import { Refusal } from "../../http/refusal.ts";
import type { RegistryRequest } from "../../http/request.ts";
import type { Need } from "../rights/need.ts";
import { formatScopes } from "./scope.ts";
import type { Tokens } from "./tokens.ts";

export interface ChallengeOptions {
  /** If set, requests carry a token from the token endpoint instead of a password. */
  readonly tokens?: Tokens | undefined;
  /** The registry's URL as clients see it, without a trailing slash. */
  readonly urlOf: (request: RegistryRequest) => string;
  readonly service: string;
}

export const tokenPath = "/token";

/** Why a token was rejected: RFC 6750, 3.1. */
type TokenError = "invalid_token" | "insufficient_scope";

export const basicChallenge = 'Basic realm="layerkeep registry", charset="UTF-8"';

/**
 * A 401 that asks for a password (RFC 7617) or for a token and names the endpoint that issues it
 * (the distribution project's token specification).
 */
export function unauthorized(
  request: RegistryRequest,
  { scopes }: Need,
  { tokens, urlOf, service }: ChallengeOptions,
  error?: TokenError,
): Refusal {
  const parameters = [
    ["realm", `${urlOf(request)}${tokenPath}`],
    ["service", service],
    ["scope", formatScopes(scopes)],
    ["error", error ?? ""],
  ].filter(([, value]) => value !== "");
  const bearer = `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(",")}`;
  return new Refusal(401, "UNAUTHORIZED", "authentication required", {
    headers: { "www-authenticate": tokens === undefined ? basicChallenge : bearer },
  });
}
