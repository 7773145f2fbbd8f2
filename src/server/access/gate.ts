import type { Action, Caller, Rights } from "./rights/rights.ts";
import { Refusal } from "../http/refusal.ts";
import type { RegistryRequest } from "../http/request.ts";
import type { Reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { type ChallengeOptions, tokenPath, unauthorized } from "./tokens/challenge.ts";
import { shownBy } from "./credentials.ts";
import { type Need, needOf } from "./rights/need.ts";
import type { Passwords } from "./passwords/passwords.ts";
import { tokenEndpoint } from "./tokens/token-endpoint.ts";
import type { Bearer } from "./tokens/tokens.ts";

/** Checks each request before the routes see it. There is none if everyone may do everything. */
export interface Gate {
  /** Answers requests to the token endpoint; undefined for all others. */
  answer(request: RegistryRequest): Promise<Reply> | undefined;
  /**
   * Returns who sends the request. `route` is undefined if the path is not an endpoint. Throws a
   * refusal, 401 or 403, if the request may not be served; it is the same whether the repository
   * exists or not.
   */
  admit(request: RegistryRequest, route: Route | undefined): Promise<Caller>;
}

export interface GateOptions extends ChallengeOptions {
  readonly passwords: Passwords;
  readonly rights: () => Rights;
}

/** The identity that a request's credentials prove. */
interface Identity {
  readonly caller: Caller;
  /** Whether the request carried credentials, valid or not. */
  readonly isShown: boolean;
  readonly bearer?: Bearer;
}

export function createGate(options: GateOptions): Gate {
  const { tokens } = options;
  return {
    answer: (request) => {
      if (tokens === undefined || request.path !== tokenPath) return undefined;
      if (request.note !== undefined) request.note.route = { kind: "token" };
      return tokenEndpoint(request, { ...options, tokens });
    },
    admit: (request, route) => admit(request, route, options),
  };
}

async function admit(
  request: RegistryRequest,
  route: Route | undefined,
  options: GateOptions,
): Promise<Caller> {
  const rights = options.rights();
  const need = needOf(request, route);
  const { caller, isShown, bearer } = await identify(request, need, options);
  // Noted before anything is refused, so that the log names the user of refused requests too.
  if (request.note !== undefined) request.note.user = caller.user;
  const tooNarrow = bearer === undefined ? undefined : "insufficient_scope";
  if (caller.user === undefined && !rights.openToAnonymous) {
    throw unauthorized(request, need, options, tooNarrow);
  }
  switch (need.kind) {
    case "nothing":
      return caller;
    case "login":
      // Clients ask here whether they must log in, so anonymous users are challenged even if they
      // may read.
      if (isShown) return caller;
      throw unauthorized(request, need, options);
    case "catalog":
      if (bearer === undefined || bearer.scopes.some(({ type }) => type === "catalog"))
        return caller;
      throw unauthorized(request, need, options, tooNarrow);
    case "action":
      if (caller.may(need.name, need.action)) return caller;
      if (caller.user !== undefined && !rights.may(caller.user, need.name, need.action)) {
        throw new Refusal(403, "DENIED", `you do not have permission to ${need.action} here`, {
          detail: { name: need.name, action: need.action },
        });
      }
      throw unauthorized(request, need, options, tooNarrow);
  }
}

async function identify(
  request: RegistryRequest,
  need: Need,
  options: GateOptions,
): Promise<Identity> {
  const { passwords, tokens } = options;
  const rights = options.rights();
  const shown = shownBy(request);
  if (shown.kind === "nothing") return { caller: callerOf(undefined, rights), isShown: false };
  if (tokens === undefined) {
    if (
      shown.kind === "basic" &&
      (await passwords.check(shown.user, shown.password, request.client))
    ) {
      return { caller: callerOf(shown.user, rights), isShown: true };
    }
    throw unauthorized(request, need, options);
  }
  const bearer = shown.kind === "bearer" ? tokens.read(shown.token) : undefined;
  const gone = bearer?.user !== undefined && passwords.fingerprint(bearer.user) === undefined;
  if (bearer === undefined || gone) throw unauthorized(request, need, options, "invalid_token");
  const allowed = callerOf(bearer.user, rights);
  const may = (name: string, action: Action): boolean =>
    allowed.may(name, action) &&
    bearer.scopes.some(
      (scope) =>
        scope.type === "repository" && scope.name === name && scope.actions.includes(action),
    );
  return { caller: { ...allowed, may }, isShown: true, bearer };
}

function callerOf(user: string | undefined, rights: Rights): Caller {
  return {
    user,
    may: (name, action) => rights.may(user, name, action),
    sees: (name) => rights.may(user, name, "pull"),
  };
}
