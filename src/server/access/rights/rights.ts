import { compileGlob } from "../../../glob.ts";

export const actions = ["pull", "push", "delete"] as const;

/** What can be done in a repository. `pull` reads, `push` writes, `delete` deletes. */
export type Action = (typeof actions)[number];

/** What a user may do in the repositories that one of the globs matches. */
export interface Grant {
  /** `*` matches any characters but `/`, `**` any at all, `?` one character but `/`. */
  readonly repositories: readonly string[];
  readonly actions: readonly Action[];
}

/** Who may do what. Anything not granted is refused. */
export interface AccessRules {
  /** For users who do not log in. */
  readonly anonymous: readonly Grant[];
  /** By login name. */
  readonly users: ReadonlyMap<string, readonly Grant[]>;
}

/** The rules in a form that can be queried. */
export interface Rights {
  /** `user` is undefined for an anonymous user. */
  may(user: string | undefined, repository: string, action: Action): boolean;
  /** Whether anonymous users may do anything at all. */
  readonly openToAnonymous: boolean;
  /** The users that the rules name. */
  readonly users: readonly string[];
}

/** Who sends a request, and what is granted to them. */
export interface Caller {
  /** Undefined if they did not log in. */
  readonly user: string | undefined;
  may(repository: string, action: Action): boolean;
  /** Whether the catalog lists a repository for them. */
  sees(repository: string): boolean;
}

/** Without rules, logged-in users may do everything and anonymous users nothing. */
export function rightsOf(rules: AccessRules | undefined): Rights {
  if (rules === undefined) {
    return { may: (user) => user !== undefined, openToAnonymous: false, users: [] };
  }
  const anonymous = compile(rules.anonymous);
  const users = new Map([...rules.users].map(([user, grants]) => [user, compile(grants)]));
  return {
    may: (user, repository, action) => {
      // A logged-in user may do everything that anonymous users may.
      const own = user === undefined ? undefined : users.get(user);
      return allows(anonymous, repository, action) || allows(own ?? [], repository, action);
    },
    openToAnonymous: anonymous.some((grant) => grant.globs.length > 0 && grant.actions.size > 0),
    users: [...users.keys()],
  };
}

interface CompiledGrant {
  readonly globs: readonly ((repository: string) => boolean)[];
  readonly actions: ReadonlySet<Action>;
}

function compile(grants: readonly Grant[]): readonly CompiledGrant[] {
  return grants.map((grant) => ({
    globs: grant.repositories.map(compileGlob),
    actions: new Set(grant.actions),
  }));
}

function allows(grants: readonly CompiledGrant[], repository: string, action: Action): boolean {
  return grants.some(
    (grant) => grant.actions.has(action) && grant.globs.some((matches) => matches(repository)),
  );
}
