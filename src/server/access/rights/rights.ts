import { compileGlob } from "../../../glob.ts";

export const actions = ["pull", "push", "delete"] as const;

/** What can be done in a repository. `pull` reads, `push` writes, `delete` deletes. */
export type Action = (typeof actions)[number];

/** What somebody may do in the repositories that one of the globs matches. */
export interface Grant {
  /** `*` is any characters but `/`, `**` any at all, `?` one character but `/`. */
  readonly repositories: readonly string[];
  readonly actions: readonly Action[];
}

/** Who may do what. What is not granted is refused. */
export interface AccessRules {
  /** Those who do not log in. */
  readonly anonymous: readonly Grant[];
  /** By the name that they log in with. */
  readonly users: ReadonlyMap<string, readonly Grant[]>;
}

/** The rules, ready to be asked. */
export interface Rights {
  /** `user` undefined is who did not log in. */
  may(user: string | undefined, repository: string, action: Action): boolean;
  /** Whether who does not log in may do anything at all. */
  readonly openToAnonymous: boolean;
  /** Who is named in the rules. */
  readonly users: readonly string[];
}

/** Who sends a request, and what is granted to them. */
export interface Caller {
  /** Undefined for who did not log in. */
  readonly user: string | undefined;
  may(repository: string, action: Action): boolean;
  /** Whether the catalog tells them of a repository. */
  sees(repository: string): boolean;
}

/** Without rules everyone who is logged in may do all, and nobody else anything. */
export function rightsOf(rules: AccessRules | undefined): Rights {
  if (rules === undefined) {
    return { may: (user) => user !== undefined, openToAnonymous: false, users: [] };
  }
  const anonymous = compile(rules.anonymous);
  const users = new Map([...rules.users].map(([user, grants]) => [user, compile(grants)]));
  return {
    may: (user, repository, action) => {
      // Who logs in may not do less than who does not.
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
